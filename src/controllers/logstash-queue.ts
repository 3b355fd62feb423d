// Asks the Logstash pod that is to leave what its queue holds, and remembers for how long it has said the same.
import { leavingOrdinal, type QueueLook, type Seen } from '../core/logstash/scale-in.ts';
import { livePod, podName } from '../core/logstash/live.ts';
import { queueFigures } from '../core/logstash/queue.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { names } from '../core/names.ts';
import type { Look } from './framework.ts';

/** Reads JSON; throws when there is no whole answer. */
export type ReadJson = (url: string, signal: AbortSignal) => Promise<unknown>;

const answerMs = 5_000;
const answerBytes = 1024 ** 2;

/** One request to whoever answers by that name in the stack's namespace: limited in time and size, and led nowhere else. */
export const readJson: ReadJson = async (url, signal) => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  const response = await fetch(url, { signal: limit, redirect: 'error' });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > answerBytes) throw new Error(`${url} answered more than ${answerBytes} bytes`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
};

interface Remembered {
  /** Which pod said what. */
  readonly said: string;
  /** Of the runtime's clock. */
  readonly since: number;
}

export class QueueLooks {
  readonly #read: ReadJson;
  readonly #remembered = new Map<string, Remembered>();

  constructor(read: ReadJson = readJson) {
    this.#read = read;
  }

  /** After a restart of the operator the time begins anew: it is never longer than what was really watched. */
  async take(look: Look, signal: AbortSignal): Promise<Seen> {
    const { stack, live, now } = look;
    const takenAt = now.toISOString();
    const ordinal = leavingOrdinal(stack, live);
    if (ordinal === undefined) {
      this.forget(stack.identity);
      return { takenAt, queue: undefined };
    }
    return { takenAt, queue: await this.#ask(look, ordinal, signal) };
  }

  async #ask({ stack, live, runtime }: Look, ordinal: number, signal: AbortSignal): Promise<QueueLook> {
    const { name, namespace } = stack.identity;
    const host = `${podName(stack, ordinal)}.${names.logstash(name)}.${namespace}.svc`;
    const figures = await this.#read(`http://${host}:9600/_node/stats/pipelines/main`, signal).then(
      queueFigures,
      () => undefined,
    );
    const said = JSON.stringify([lifeOf(livePod(stack, live, ordinal)), figures?.fingerprint ?? 'nothing']);
    const now = runtime.clock.now();
    const before = this.#remembered.get(keyOf(stack.identity));
    const since = before?.said === said ? before.since : now;
    this.#remembered.set(keyOf(stack.identity), { said, since });
    return { figures, unchangedSeconds: (now - since) / 1000 };
  }

  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#remembered.delete(keyOf(stack));
  }
}

interface ContainerStatus {
  readonly restartCount?: number;
}

/** Another value for each pod, and for each start of its container. */
function lifeOf(pod: KubeObject | undefined): readonly unknown[] {
  const { containerStatuses = [] } = (pod?.['status'] ?? {}) as { containerStatuses?: readonly ContainerStatus[] };
  return [pod?.metadata.uid, containerStatuses.map(({ restartCount }) => restartCount)];
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
