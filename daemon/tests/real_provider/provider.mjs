// A real OpenID Provider (npm `oidc-provider`) for the suite `oidc` of `cargo xtask test`: an issuer with a path and a
// slash at the end, the device grant, JWT access tokens for a resource and opaque ones without, logins by plain forms.
// The clients `jwt` and `short` get JWTs without naming a resource, as at most providers; those of `short` live 8 s.
//
// node provider.mjs <folder with node_modules> <file to write the issuer to>
//
// POST /rotate on its port takes other keys, and the old ones are gone. What was given out stays good.
// POST /end?person=ann ends all logins of a person. GET /refreshed?person=ann counts the renewals of a person's logins.
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// It warns of what is wanted here: logins without a password, a store in memory.
console.info = console.warn = () => {};

const [modules, ready] = process.argv.slice(2);
const entry = createRequire(resolve(modules, 'package.json')).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(entry));

const MOUNT = '/application/o/heph';
const RESOURCE = 'https://hub.example/';
const SHORT = 8;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const client = (client_id, more) => ({
  client_id,
  token_endpoint_auth_method: 'none',
  redirect_uris: [],
  response_types: [],
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  ...more,
});

// What outlives a change of keys. The provider itself looks at the times.
const stored = new Map();
class Adapter {
  constructor(model) { this.model = model; }

  key(id) { return `${this.model}:${id}`; }

  matching(name, value) {
    return [...stored].filter(([key, payload]) => key.startsWith(`${this.model}:`) && payload[name] === value);
  }

  async upsert(id, payload) { stored.set(this.key(id), payload); }

  async find(id) { return stored.get(this.key(id)); }

  async findByUid(uid) { return this.matching('uid', uid)[0]?.[1]; }

  async findByUserCode(userCode) { return this.matching('userCode', userCode)[0]?.[1]; }

  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }

  async destroy(id) { stored.delete(this.key(id)); }

  async revokeByGrantId(grantId) {
    this.matching('grantId', grantId).forEach(([key]) => stored.delete(key));
  }
}

// What an administrator does to a person's logins.
function end(person) {
  [...stored]
    .filter(([key, payload]) => /^(Grant|RefreshToken|AccessToken):/.test(key) && payload.accountId === person)
    .forEach(([key]) => stored.delete(key));
}

const refreshed = new Map();

// Kinds of keys in turn, so that a rotation also changes the algorithm.
const KEYS = [
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
];
let rotations = 0;

const life = (of) => (of.clientId === 'short' ? SHORT : 600);

function provide(issuer) {
  const [alg, generate] = KEYS[rotations % KEYS.length];
  rotations += 1;
  const jwk = { ...generate().privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${rotations}` };
  const signed = { id_token_signed_response_alg: alg };
  const provider = new Provider(issuer, {
    adapter: Adapter,
    jwks: { keys: [jwk] },
    clients: [
      ...['heph', 'jwt', 'short', 'hasty'].map((name) => client(name, signed)),
      client('no-device', { ...signed, grant_types: ['refresh_token'] }),
    ],
    scopes: ['openid', 'profile', 'offline_access'],
    enabledJWA: { idTokenSigningAlgValues: KEYS.map(([name]) => name) },
    ttl: {
      DeviceCode: (ctx, token, of) => (of.clientId === 'hasty' ? 1 : 600),
      AccessToken: (ctx, token, of) => life(of),
      IdToken: (ctx, token, of) => life(of),
    },
    // As most providers do, though this one leaves it to the client's settings.
    extraTokenClaims: ({ oidc: { entities } }) => ({
      auth_time: (entities.DeviceCode ?? entities.RefreshToken)?.authTime,
    }),
    features: {
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, of, oneOf) => oneOf ?? (['jwt', 'short'].includes(of.clientId) ? RESOURCE : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile',
          audience: 'heph',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
  });
  provider.on('grant.success', ({ oidc: { params, entities } }) => {
    if (params.grant_type !== 'refresh_token') return;
    const person = entities.Account.accountId;
    refreshed.set(person, (refreshed.get(person) ?? 0) + 1);
  });
  return provider.callback();
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (request.method === 'POST' && request.url === '/rotate') {
    answer = provide(issuer);
    response.writeHead(204).end();
  } else if (request.method === 'POST' && pathname === '/end') {
    end(searchParams.get('person'));
    response.writeHead(204).end();
  } else if (pathname === '/refreshed') {
    response.end(String(refreshed.get(searchParams.get('person')) ?? 0));
  } else if (request.url.startsWith(`${MOUNT}/`)) {
    request.originalUrl = request.url;
    request.url = request.url.slice(MOUNT.length);
    answer(request, response);
  } else {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
const issuer = `http://127.0.0.1:${server.address().port}${MOUNT}/`;
let answer = provide(issuer);
writeFileSync(`${ready}.new`, issuer);
renameSync(`${ready}.new`, ready);
