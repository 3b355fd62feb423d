// Asks the Logstash pod that is to leave what its queue holds, and remembers for how long it has said the same.
import { Agent, request } from 'undici';
import { apiPort } from '../core/logstash/desired.ts';
import { leavingOrdinal, type QueueLook, type Seen } from '../core/logstash/scale-in.ts';
import { livePod, podName } from '../core/logstash/live.ts';
import { type QueueFigures, queueFigures } from '../core/logstash/queue.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { names } from '../core/names.ts';
import { secretReference, secretValues } from '../core/pki/plan.ts';
import { limited, systemClock } from '../kube/clock.ts';
import { keyOf } from '../kube/resources.ts';
import type { Look } from './framework.ts';

/** As whom to ask, and the authority that must have signed who answers, in PEM. */
export interface Access {
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** Reads JSON; throws when there is no whole answer. */
export type ReadJson = (url: string, access: Access, signal: AbortSignal) => Promise<unknown>;

const answerMs = 5_000;
const answerBytes = 1024 ** 2;

/** One request to who proves to have that name: limited in time and size, and led nowhere else. */
export const readJson: ReadJson = async (url, { ca, username, password }, outer) => {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const dispatcher = new Agent({ connect: { ca } });
  const error = (): Error => new Error(`${url} did not answer within ${answerMs} ms`);
  try {
    return await limited(systemClock, outer, { milliseconds: answerMs, error }, async (signal) => {
      const { statusCode, body } = await request(url, { dispatcher, signal, headers: { authorization } });
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of body as AsyncIterable<Uint8Array>) {
        bytes += part.byteLength;
        if (bytes > answerBytes) throw new Error(`${url} answered more than ${answerBytes} bytes`);
        parts.push(part);
      }
      return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
    });
  } finally {
    await dispatcher.destroy();
  }
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

  async #ask(look: Look, ordinal: number, signal: AbortSignal): Promise<QueueLook> {
    const { stack, live, runtime } = look;
    const answer = await this.#answer(look, ordinal, signal);
    const figures = typeof answer === 'string' ? undefined : answer;
    const said = JSON.stringify([lifeOf(livePod(stack, live, ordinal)), figures?.fingerprint ?? 'nothing']);
    const now = runtime.clock.now();
    const before = this.#remembered.get(keyOf(stack.identity));
    const since = before?.said === said ? before.since : now;
    this.#remembered.set(keyOf(stack.identity), { said, since });
    if (typeof answer === 'string' && since === now && !signal.aborted)
      runtime.log.warn(
        { pod: podName(stack, ordinal), error: answer },
        'a leaving Logstash does not tell of its queue',
      );
    return { figures, unchangedSeconds: (now - since) / 1000 };
  }

  /** Figures, or why there are none. */
  async #answer(look: Look, ordinal: number, signal: AbortSignal): Promise<QueueFigures | string> {
    const { name, namespace } = look.stack.identity;
    const access = accessTo(look);
    if (access === undefined) return 'The Secrets of its API are not there.';
    const host = `${podName(look.stack, ordinal)}.${names.logstash(name)}.${namespace}.svc`;
    try {
      const url = `https://${host}:${apiPort.port}/_node/stats/pipelines/main`;
      return queueFigures(await this.#read(url, access, signal)) ?? 'Its answer lacks figures.';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#remembered.delete(keyOf(stack));
  }
}

function accessTo({ stack, live }: Look): Access | undefined {
  const values = (secret: string) => secretValues(live(secretReference(stack.identity, secret)));
  const { username, password } = values(names.logstashApiUser(stack.identity.name));
  const ca = values(names.logstashApiCertificate(stack.identity.name))['ca.crt'];
  return username === undefined || password === undefined || ca === undefined ? undefined : { ca, username, password };
}

interface ContainerStatus {
  readonly restartCount?: number;
}

/** Another value for each pod, and for each start of its container. */
function lifeOf(pod: KubeObject | undefined): readonly unknown[] {
  const { containerStatuses = [] } = (pod?.['status'] ?? {}) as { containerStatuses?: readonly ContainerStatus[] };
  return [pod?.metadata.uid, containerStatuses.map(({ restartCount }) => restartCount)];
}
