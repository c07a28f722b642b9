// A provider of identities that others wrote (oidc-provider): anybody signs in under any name, which becomes the subject. It prints its issuer and ends with its parent.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const server = createServer((request, response) => handle(request, response));
await new Promise((done) => { server.listen(0, 'localhost', done); });
const issuer = `http://localhost:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'crm', client_secret: 'a secret between us', token_endpoint_auth_method: 'client_secret_post', redirect_uris: ['http://localhost/callback'] },
    { client_id: 'script', token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost/callback'] },
  ],
  scopes: ['openid', 'email', 'api'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  // As most providers do: the address is in the id token.
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: !id.startsWith('unverified') }) }),
  features: {
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({ scope: 'api', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 3600 }),
    },
  },
  cookies: { keys: ['a key of the tests'] },
});
// The CRM listens on a port that nobody knows before it does.
provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//.test(uri);
const handle = provider.callback();

console.log(issuer);
process.stdin.on('end', () => process.exit(0)).resume();
