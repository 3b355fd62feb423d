// Tests of asking a leaving Logstash pod: how long it has said the same, and answers that are none.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { componentLabels } from '../core/names.ts';
import { exampleIdentity, exampleStack } from '../core/stack.testing.ts';
import type { Look } from './framework.ts';
import { QueueLooks, readJson } from './logstash-queue.ts';

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
  replicas = 2;
  now = 0;
  restarts = 0;
  answer: () => unknown = () => answerOf(0);
  readonly asked: string[] = [];
  readonly looks = new QueueLooks((url) => {
    this.asked.push(url);
    return Promise.resolve().then(this.answer);
  });

  private live(reference: ObjectReference): KubeObject | undefined {
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
      runtime: { clock: { now: () => this.now } },
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
    expect(scene.asked).toEqual(['http://logs-ls-1.logs-ls.team.svc:9600/_node/stats/pipelines/main']);
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
    scene.answer = () => answerOf(0);
    expect(await scene.unchanged(60_000)).toBe(0);
  });
});

describe('an answer over HTTP', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function serve(listener: RequestListener): Promise<string> {
    const made = createServer(listener);
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(made.address() as AddressInfo).port}/`;
  }

  it('is JSON', async () => {
    const url = await serve((_request, response) => response.end('{"a":1}'));
    expect(await readJson(url, never)).toEqual({ a: 1 });
  });

  it.each<[string, RequestListener]>([
    ['an error', (_request, response) => response.writeHead(503).end('{}')],
    ['led elsewhere', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['no JSON', (_request, response) => response.end('{"a":')],
    ['too large', (_request, response) => response.end(JSON.stringify('x'.repeat(1024 ** 2)))],
    ['cut off', (_request, response) => void response.write('{"a":1', () => response.destroy())],
  ])('that is %s is none', async (_name, listener) => {
    await expect(readJson(await serve(listener), never)).rejects.toThrow();
  });
});
