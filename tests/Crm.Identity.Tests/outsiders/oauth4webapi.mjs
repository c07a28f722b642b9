// oauth4webapi: strict about every message. A server that signs with its key, and a public client without any secret.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { Person, register } from './person.mjs';

const issuer = new URL(process.env.CRM_ISSUER);
const insecure = { [oauth.allowInsecureRequests]: true };
const discover = async (algorithm) => oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }));
const server = await discover('oidc');
assert.deepEqual(await discover('oauth2'), server);
const resource = (token) => new Request(new URL('/api/v1/customers', issuer), { headers: { Authorization: `Bearer ${token}` } });

for (const algorithm of ['ES256', 'RS256', 'PS256']) {
  const pair = await oauth.generateKeyPair(algorithm, { extractable: true });
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const registered = await register(issuer, { grants: ['client_credentials'], scopes: ['api'], jwks: { keys: [{ kty, crv, x, y, n, e, kid: 'k1' }] } }, false);
  const client = { client_id: registered.clientId };
  const authentication = oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'k1' });
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, new URLSearchParams({ scope: 'api' }), insecure);
  const tokens = await oauth.processClientCredentialsResponse(server, client, response);
  const claims = await oauth.validateJwtAccessToken(server, resource(tokens.access_token), `${server.issuer}/api`, insecure);
  assert.equal(claims.sub, registered.clientId);
  assert.equal((await fetch(resource(tokens.access_token))).status, 200);
  const introspection = await oauth.introspectionRequest(server, client, oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'k1' }), tokens.access_token, insecure);
  assert.equal((await oauth.processIntrospectionResponse(server, client, introspection)).active, true);
}

const redirectUri = 'http://127.0.0.1:8400/callback';
const registered = await register(issuer, { confidential: false, grants: ['authorization_code'], scopes: ['openid', 'offline_access', 'api'], redirectUris: [redirectUri] }, false);
const client = { client_id: registered.clientId };
const service = await Person.signIn(issuer, 'service');
const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
const url = new URL(server.authorization_endpoint);
url.search = new URLSearchParams({
  client_id: client.client_id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid offline_access api', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
});
const parameters = oauth.validateAuthResponse(server, client, await service.consent(url), state);
const redeem = (parameters, verifier) => oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier, insecure);
const response = await redeem(parameters, verifier);
const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
await oauth.validateApplicationLevelSignature(server, response, insecure);
assert.equal((await oauth.validateJwtAccessToken(server, resource(tokens.access_token), `${server.issuer}/api`, insecure)).sub, service.user.id);

const refresh = async (token) => oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, insecure));
const refreshed = await refresh(tokens.refresh_token);
const refused = (error) => error instanceof oauth.ResponseBodyError && error.status === 400 && error.error === 'invalid_grant';
await assert.rejects(refresh(tokens.refresh_token), refused);
await assert.rejects(refresh(refreshed.refresh_token), refused);
await assert.rejects(async () => oauth.processAuthorizationCodeResponse(server, client, await redeem(parameters, verifier)), refused);
assert.equal((await fetch(resource(refreshed.access_token))).status, 401);
console.log('oauth4webapi: done');
