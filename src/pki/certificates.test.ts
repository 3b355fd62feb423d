// Tests of certificates by other implementations than the one that made them: node:crypto's parser and real TLS on loopback.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SecretContent } from '../core/pki/plan.ts';
import { keysOf, requiredSecrets } from '../core/pki/recipes.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { makeSecretValues } from './index.ts';

type Made = Readonly<Record<string, SecretContent>>;

const now = new Date();
const years = (count: number): number => count * 365 * 24 * 60 * 60 * 1000;

/** All certificates of a stack, made as the operator makes them. */
async function makeAll(at: Date): Promise<Made> {
  const made: Record<string, SecretContent> = {};
  for (const recipe of requiredSecrets(exampleStack()))
    if (recipe.kind === 'authority' || recipe.kind === 'leaf')
      made[recipe.secret] = await makeSecretValues(recipe, made, at);
  return made;
}

const valueOf = (made: Made, secret: string, key: string): string => {
  const value = made[secret]?.[key];
  if (typeof value !== 'string') throw new Error(`no ${key} in ${secret}`);
  return value;
};
const keyPair = (made: Made, secret: string) => ({
  cert: valueOf(made, secret, 'tls.crt'),
  key: valueOf(made, secret, 'tls.key'),
});

interface Handshake {
  readonly server: tls.TlsOptions;
  readonly client: tls.ConnectionOptions;
}

/** One TLS connection on loopback: `ok` when both sides accept each other and a byte arrives, else why not. */
async function handshake({ server: serverOptions, client: clientOptions }: Handshake): Promise<string> {
  const server = tls.createServer(serverOptions, (socket) => {
    socket.on('error', () => undefined); // the client's side of the failure is the one that is reported
    socket.end('x');
  });
  const refused = new Promise<string>((resolve) => {
    server.once('tlsClientError', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = tls.connect({ host: '127.0.0.1', port, ...clientOptions });
  const accepted = new Promise<string>((resolve) => {
    socket.once('data', () => {
      resolve('ok');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
  const outcome = await Promise.race([accepted, refused]);
  socket.destroy();
  server.close();
  return outcome;
}

let made: Made;
beforeAll(async () => {
  made = await makeAll(now);
});

const elasticsearchServer = () => ({
  server: keyPair(made, 'logs-es-http-certs'),
  authority: valueOf(made, 'logs-es-http-certs', 'ca.crt'),
});
const logstashServer = (): tls.TlsOptions => ({
  ...keyPair(made, 'logs-ls-certs'),
  ca: valueOf(made, 'logs-ls-certs', 'ca.crt'),
  requestCert: true,
  rejectUnauthorized: true,
});
const transportServer = (): tls.TlsOptions => ({
  ...keyPair(made, 'logs-es-transport-certs'),
  ca: valueOf(made, 'logs-es-transport-certs', 'ca.crt'),
  requestCert: true,
  rejectUnauthorized: true,
});

describe('certificates', () => {
  it.each([
    ['logs-es-transport-certs', 'logs-es-transport-ca'],
    ['logs-es-http-certs', 'logs-http-ca'],
    ['logs-kb-http-certs', 'logs-http-ca'],
    ['logs-ls-certs', 'logs-beats-ca'],
    ['logs-ls-api-certs', 'logs-http-ca'],
    ['logs-fb-certs', 'logs-beats-ca'],
  ])('%s is signed by %s and by no other', (leafName, authorityName) => {
    const leaf = new X509Certificate(valueOf(made, leafName, 'tls.crt'));
    for (const name of ['logs-es-transport-ca', 'logs-http-ca', 'logs-beats-ca']) {
      const authority = new X509Certificate(valueOf(made, name, 'ca.crt'));
      expect(leaf.verify(authority.publicKey)).toBe(name === authorityName);
      expect(leaf.checkIssued(authority)).toBe(name === authorityName);
    }
    expect(leaf.ca).toBe(false);
    expect(leaf.checkPrivateKey(createPrivateKey(valueOf(made, leafName, 'tls.key')))).toBe(true);
    expect(valueOf(made, leafName, 'ca.crt')).toBe(valueOf(made, authorityName, 'ca.crt'));
  });

  it('authorities are authorities of 10 years, leaves hold 5 years and begin before now', () => {
    const authority = new X509Certificate(valueOf(made, 'logs-http-ca', 'ca.crt'));
    const leaf = new X509Certificate(valueOf(made, 'logs-es-http-certs', 'tls.crt'));
    expect(authority.ca).toBe(true);
    expect(Math.round((authority.validToDate.getTime() - now.getTime()) / years(1))).toBe(10);
    expect(Math.round((leaf.validToDate.getTime() - now.getTime()) / years(1))).toBe(5);
    expect(leaf.validFromDate.getTime()).toBeLessThan(now.getTime());
  });

  it('a leaf never outlives its authority', async () => {
    const recipe = requiredSecrets(exampleStack()).find((one) => one.secret === 'logs-es-http-certs');
    if (recipe === undefined) throw new Error('no recipe');
    const late = await makeSecretValues(recipe, made, new Date(now.getTime() + years(9)));
    const authority = new X509Certificate(valueOf(made, 'logs-http-ca', 'ca.crt'));
    expect(new X509Certificate(Buffer.from(late['tls.crt'] ?? '')).validToDate).toEqual(authority.validToDate);
  });

  it('keys are PKCS#8, which Logstash requires, on the curve P-256', () => {
    for (const secret of ['logs-ls-certs', 'logs-fb-certs', 'logs-es-http-certs']) {
      expect(valueOf(made, secret, 'tls.key')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
      const key = createPrivateKey(valueOf(made, secret, 'tls.key'));
      expect(key.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    }
  });

  it('serial numbers differ', () => {
    const serials = Object.values(made).map((values) => {
      return new X509Certificate(Buffer.from(values['tls.crt'] ?? values['ca.crt'] ?? '')).serialNumber;
    });
    expect(new Set(serials).size).toBe(serials.length);
  });

  it('answer to the names by which pods call the service and every node, and to no other', () => {
    const leaf = new X509Certificate(valueOf(made, 'logs-es-http-certs', 'tls.crt'));
    for (const name of [
      'logs-es-http.team.svc',
      'logs-es-http.team.svc.cluster.local',
      'logs-es-data-11.logs-es-nodes.team.svc',
      'localhost',
    ])
      expect(leaf.checkHost(name), name).toBeDefined();
    for (const name of ['logs-es-http.other.svc', 'logs-kb-http.team.svc', 'a.b.logs-es-nodes.team.svc'])
      expect(leaf.checkHost(name), name).toBeUndefined();
  });
});

describe('the keystore of the API of Logstash', () => {
  const keystore = () => Buffer.from(made['logs-ls-api-certs']?.['keystore.p12'] ?? '');
  const password = () => valueOf(made, 'logs-ls-api-certs', 'keystore.password');

  it('lies in its Secret with all that belongs to it, and no other leaf has one', () => {
    for (const recipe of requiredSecrets(exampleStack())) {
      if (recipe.kind !== 'leaf') continue;
      const keys = Object.keys(made[recipe.secret] ?? {});
      expect(keys.toSorted()).toEqual(keysOf(recipe).toSorted());
      expect(keys.includes('keystore.p12')).toBe(recipe.secret === 'logs-ls-api-certs');
    }
  });

  it('serves by the leaf, as another implementation reads it, for each pod by name', async () => {
    const ca = valueOf(made, 'logs-ls-api-certs', 'ca.crt');
    const server = { pfx: keystore(), passphrase: password() };
    const at = (servername: string) => handshake({ server, client: { ca, servername } });
    expect(await at('logs-ls-7.logs-ls.team.svc')).toBe('ok');
    expect(await at('logs-ls-7.other-ls.team.svc')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('opens to its password only, and not when a byte of it is another', () => {
    const open = (pfx: Buffer, passphrase: string) => () => tls.createSecureContext({ pfx, passphrase });
    expect(open(keystore(), password())).not.toThrow();
    expect(open(keystore(), 'another')).toThrow('mac verify failure');
    const changed = keystore();
    const middle = changed.length >> 1;
    changed.writeUInt8(changed.readUInt8(middle) ^ 1, middle);
    expect(open(changed, password())).toThrow();
    expect(keystore().includes('PRIVATE KEY')).toBe(false);
  });
});

describe('TLS', () => {
  it('clients that know the authority reach Elasticsearch by name', async () => {
    const { server, authority } = elasticsearchServer();
    const client = { ca: authority, servername: 'logs-es-http.team.svc' };
    expect(await handshake({ server, client })).toBe('ok');
  });

  it('clients refuse another name, another authority, and a certificate that has ended', async () => {
    const { server, authority } = elasticsearchServer();
    const servername = 'logs-es-http.team.svc';
    expect(await handshake({ server, client: { ca: authority, servername: 'elsewhere.test' } })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    const otherStack = await makeAll(now);
    const wrong = valueOf(otherStack, 'logs-http-ca', 'ca.crt');
    expect(await handshake({ server, client: { ca: wrong, servername } })).toMatch(
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|SELF_SIGNED_CERT_IN_CHAIN/,
    );
    const old = await makeAll(new Date(now.getTime() - years(6)));
    const expired = { server: keyPair(old, 'logs-es-http-certs'), ca: valueOf(old, 'logs-http-ca', 'ca.crt') };
    expect(await handshake({ server: expired.server, client: { ca: expired.ca, servername } })).toBe(
      'CERT_HAS_EXPIRED',
    );
  });

  it('Filebeat and Logstash accept each other, and Logstash nobody without a certificate', async () => {
    const ca = valueOf(made, 'logs-fb-certs', 'ca.crt');
    const client = { ca, servername: 'logs-ls-beats.team.svc' };
    expect(
      await handshake({ server: logstashServer(), client: { ...client, ...keyPair(made, 'logs-fb-certs') } }),
    ).toBe('ok');
    expect(await handshake({ server: logstashServer(), client })).not.toBe('ok');
  });

  it("Logstash's own leaf is no client's, and Filebeat's is no server's", async () => {
    const ca = valueOf(made, 'logs-fb-certs', 'ca.crt');
    const asClient = { ca, servername: 'logs-ls-beats.team.svc', ...keyPair(made, 'logs-ls-certs') };
    expect(await handshake({ server: logstashServer(), client: asClient })).not.toBe('ok');
    const asServer = keyPair(made, 'logs-fb-certs');
    const client = { ca, checkServerIdentity: () => undefined };
    expect(await handshake({ server: asServer, client })).toBe('INVALID_PURPOSE');
  });

  it('[transport-takeover] nodes accept each other, and no leaf of another authority', async () => {
    const client = (secret: string): tls.ConnectionOptions => ({
      ...keyPair(made, secret),
      ca: valueOf(made, 'logs-es-transport-certs', 'ca.crt'),
      checkServerIdentity: () => undefined,
    });
    expect(await handshake({ server: transportServer(), client: client('logs-es-transport-certs') })).toBe('ok');
    for (const secret of ['logs-fb-certs', 'logs-ls-certs', 'logs-es-http-certs', 'logs-kb-http-certs'])
      expect(await handshake({ server: transportServer(), client: client(secret) }), secret).not.toBe('ok');
  });
});
