// openid-client: a confidential client goes through everything a server-side application does.
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';
import { Person, register } from './person.mjs';

const issuer = process.env.CRM_ISSUER;
const redirectUri = 'https://app.example.com/callback';
const bye = 'https://app.example.com/bye';
const registered = await register(issuer, {
  grants: ['client_credentials', 'authorization_code'], scopes: ['openid', 'profile', 'offline_access', 'api'], redirectUris: [redirectUri], postLogoutRedirectUris: [bye],
});
const options = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] };

for (const authentication of [oidc.ClientSecretBasic(registered.secret), oidc.ClientSecretPost(registered.secret)]) {
  const config = await oidc.discovery(new URL(issuer), registered.clientId, undefined, authentication, options);
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'api' });
  const answer = await fetch(`${issuer}/api/v1/customers?limit=1`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(answer.status, 200);
}

const config = await oidc.discovery(new URL(issuer), registered.clientId, undefined, oidc.ClientSecretBasic(registered.secret), options);
await assert.rejects(oidc.clientCredentialsGrant(config, { scope: 'root' }), (error) => error.error === 'invalid_scope');

const sales = await Person.signIn(issuer, 'sales');
const begin = async () => {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: 'openid profile offline_access api', state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  return { url, checks };
};

const denied = await begin();
await assert.rejects(oidc.authorizationCodeGrant(config, await sales.consent(denied.url, false), denied.checks), (error) => error.error === 'access_denied');

const { url, checks } = await begin();
const back = await sales.consent(url);
const tokens = await oidc.authorizationCodeGrant(config, back, checks);
assert.equal(tokens.claims().sub, sales.user.id);
assert.ok(tokens.claims().auth_time > 0);
const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
assert.equal(info.preferred_username, 'sales');

const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
const known = await oidc.tokenIntrospection(config, refreshed.access_token);
assert.equal(known.active, true);
assert.equal(known.client_id, registered.clientId);

// Whoever uses the first refresh token again is a thief, or the thief was first: everything ends.
await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), (error) => error.error === 'invalid_grant');
await assert.rejects(oidc.refreshTokenGrant(config, refreshed.refresh_token), (error) => error.error === 'invalid_grant');
assert.equal((await oidc.tokenIntrospection(config, refreshed.access_token)).active, false);

const second = await begin();
const fresh = await oidc.authorizationCodeGrant(config, await sales.consent(second.url), second.checks);
await oidc.tokenRevocation(config, fresh.refresh_token);
assert.equal((await oidc.tokenIntrospection(config, fresh.access_token)).active, false);

const end = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: bye, id_token_hint: fresh.id_token, state: 'signed-out' });
const answer = await sales.fetch(end);
const page = new URL(answer.headers.get('location'), issuer);
assert.equal(page.pathname, '/end-session');
const asked = await sales.api('POST', 'session/end-request', { request: page.searchParams.get('request') });
assert.equal(asked.redirectTo, `${bye}?state=signed-out`);
assert.equal(asked.userId, sales.user.id);
console.log('openid-client: done');
