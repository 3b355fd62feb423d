// Tests of asking a leaving Logstash pod: how long it has said the same, and answers that are none.
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { componentLabels } from '../core/names.ts';
import { exampleIdentity, exampleStack } from '../core/stack.testing.ts';
import { liveSecrets, secretsOfLogstash } from '../core/workloads.testing.ts';
import { memoryLog } from '../kube/testing.ts';
import { makeSecretValues } from '../pki/index.ts';
import type { Look } from './framework.ts';
import { type Access, QueueLooks, readJson } from './logstash-queue.ts';

const never = new AbortController().signal;

const answerOf = (unread: number) => ({
  pipelines: {
    main: {
      plugins: { inputs: [{ id: 'closed-1' }], filters: [], outputs: [{ events: { in: 1, out: 1 } }] },
      queue: { type: 'persisted', events: unread, events_count: unread },
      dead_letter_queue: { queue_size_in_bytes: 1 },
    },
  },
});

/** A stack of two pods that is to have one. */
class Scene {
  access: Access | undefined;
  replicas = 2;
  now = 0;
  restarts = 0;
  answer: () => unknown = () => answerOf(0);
  secrets: readonly string[] = secretsOfLogstash;
  readonly log = memoryLog();
  readonly asked: string[] = [];
  readonly looks = new QueueLooks((url, access) => {
    this.asked.push(url);
    this.access = access;
    return Promise.resolve().then(this.answer);
  });

  private live(reference: ObjectReference): KubeObject | undefined {
    if (reference.kind === 'Secret') return liveSecrets(this.secrets)(reference);
    const labels = componentLabels(exampleIdentity, 'logstash');
    const metadata = { name: reference.name, namespace: 'team', uid: reference.name, labels };
    if (reference.name === 'logs-ls') return { ...reference, metadata, spec: { replicas: this.replicas } };
    if (reference.name !== 'logs-ls-1' || this.replicas < 2) return undefined;
    return { ...reference, metadata, status: { containerStatuses: [{ restartCount: this.restarts }] } };
  }

  take() {
    const look = {
      stack: exampleStack({ logstash: { replicas: 1 } }),
      live: (reference: ObjectReference) => this.live(reference),
      now: new Date(0),
      runtime: { clock: { now: () => this.now }, log: this.log },
    };
    return this.looks.take(look as unknown as Look, never);
  }

  async unchanged(now: number): Promise<number | undefined> {
    this.now = now;
    return (await this.take()).queue?.unchangedSeconds;
  }
}

describe('[queue-left-behind] looks at the queue of a leaving pod', () => {
  it('[queue-left-behind] ask that pod alone, and nobody when none leaves', async () => {
    const scene = new Scene();
    await scene.take();
    expect(scene.asked).toEqual(['https://logs-ls-1.logs-ls.team.svc:9600/_node/stats/pipelines/main']);
    expect(scene.access).toEqual({
      ca: 'logs-ls-api-certs ca.crt',
      username: 'logs-ls-api-user username',
      password: 'logs-ls-api-user password',
    });
    scene.replicas = 1;
    expect((await scene.take()).queue).toBeUndefined();
    expect(scene.asked).toHaveLength(1);
  });

  it('[queue-left-behind] count the time since something else was said, or the container started', async () => {
    const scene = new Scene();
    expect(await scene.unchanged(0)).toBe(0);
    expect(await scene.unchanged(20_000)).toBe(20);
    scene.answer = () => answerOf(1);
    expect(await scene.unchanged(30_000)).toBe(0);
    scene.answer = () => answerOf(0);
    expect(await scene.unchanged(40_000)).toBe(0);
    expect(await scene.unchanged(50_000)).toBe(10);
    scene.restarts = 1;
    expect(await scene.unchanged(60_000)).toBe(0);
  });

  it('[queue-left-behind] are no figures when nobody answers, and begin anew when somebody does', async () => {
    const scene = new Scene();
    await scene.unchanged(0);
    scene.answer = () => {
      throw new Error('no answer');
    };
    scene.now = 20_000;
    expect((await scene.take()).queue).toEqual({ figures: undefined, unchangedSeconds: 0 });
    expect(await scene.unchanged(50_000)).toBe(30);
    // Once, and not at each look.
    expect(scene.log.lines).toHaveLength(1);
    expect(JSON.stringify(scene.log.lines)).toContain('no answer');
    scene.answer = () => answerOf(0);
    expect(await scene.unchanged(60_000)).toBe(0);
  });

  it('[queue-left-behind] ask nobody while nobody could prove who it is', async () => {
    const scene = new Scene();
    scene.secrets = secretsOfLogstash.filter((name) => name !== 'logs-ls-api-certs');
    expect((await scene.take()).queue?.figures).toBeUndefined();
    expect(scene.asked).toEqual([]);
  });
});

describe('an answer by TLS', () => {
  const user = { username: 'loggingstack-operator', password: 'right' };
  let made: { readonly ca: string; readonly pfx: Buffer; readonly passphrase: string };
  let server: Server | undefined;

  /** As Logstash has it: the certificate and key of a keystore. */
  async function keystore(): Promise<typeof made> {
    const secret = 'logs-http-ca';
    const now = new Date();
    const authority = await makeSecretValues({ kind: 'authority', secret, commonName: secret }, {}, now);
    const leaf = { kind: 'leaf', secret: 'a', commonName: 'a', dnsNames: ['localhost'], usages: ['server'] } as const;
    const values = await makeSecretValues({ ...leaf, authority: secret, keystore: true }, { [secret]: authority }, now);
    const text = (key: string): string => Buffer.from(values[key] ?? '').toString();
    const pfx = Buffer.from(values['keystore.p12'] ?? '');
    return { ca: text('ca.crt'), pfx, passphrase: text('keystore.password') };
  }

  beforeAll(async () => {
    made = await keystore();
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener, host = 'localhost'): Promise<string> {
    const opened = createServer({ pfx: made.pfx, passphrase: made.passphrase }, listener);
    server = opened;
    await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
    return `https://${host}:${(opened.address() as AddressInfo).port}/`;
  }

  it('is JSON, for who says the password', async () => {
    const url = await serve(({ headers }, response) => response.end(JSON.stringify(headers.authorization)));
    const said = Buffer.from('loggingstack-operator:right').toString('base64');
    expect(await readJson(url, { ca: made.ca, ...user }, never)).toBe(`Basic ${said}`);
  });

  it.each<[string, RequestListener]>([
    ['an error', (_request, response) => response.writeHead(503).end('{}')],
    ['no word for this password', (_request, response) => response.writeHead(401).end('{}')],
    ['led elsewhere', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['no JSON', (_request, response) => response.end('{"a":')],
    ['too large', (_request, response) => response.end(JSON.stringify('x'.repeat(1024 ** 2)))],
    ['cut off', (_request, response) => void response.write('{"a":1', () => response.destroy())],
  ])('that is %s is none', async (_name, listener) => {
    await expect(readJson(await serve(listener), { ca: made.ca, ...user }, never)).rejects.toThrow();
  });

  it('[queue-left-behind] of who has another authority, or another name, is none, and hears no password', async () => {
    let asked = 0;
    const listener: RequestListener = (_request, response) => {
      asked += 1;
      response.end('{}');
    };
    const url = await serve(listener);
    const other = (await keystore()).ca;
    await expect(readJson(url, { ca: other, ...user }, never)).rejects.toThrow();
    const byAddress = url.replace('localhost', '127.0.0.1');
    await expect(readJson(byAddress, { ca: made.ca, ...user }, never)).rejects.toThrow('127.0.0.1');
    expect(asked).toBe(0);
  });
});
