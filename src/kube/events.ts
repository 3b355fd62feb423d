// Events: what `kubectl describe` shows to people. Written on transitions only; losing one never fails any work.
import { createHash } from 'node:crypto';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ClientOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { isFault } from './errors.ts';
import type { Log } from './hooks.ts';
import { microTime } from './micro-time.ts';
import { RESOURCES } from './resources.ts';
import type { Transport } from './transport.ts';

export interface EventRecord {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines: a condition's reason or the code of a Fault. At most 128 characters. */
  readonly reason: string;
  /** What the operator did or tried, CamelCase, at most 128 characters. */
  readonly action: string;
  /** For people; cut at 1 KiB, the API's limit. */
  readonly note: string;
  /** What makes this occurrence one of its own, such as the condition's lastTransitionTime: the same again is no news. */
  readonly occurrence: string;
}

export interface EventSource {
  /** Such as `loggingstack.dev/operator`. */
  readonly controller: string;
  /** Which process: its pod's name. */
  readonly instance: string;
}

const longestNote = 1024;
const longestName = 128;
/** Object names may have 253 characters; the hash and its dot take 17. */
const longestPrefix = 253 - 17;

/** Work waits for it. Events may be kept in an etcd of their own, which may be down while all else goes on. */
const patience = { timeoutMs: 5000, retries: 0 };

export class EventRecorder {
  readonly #transport: Transport;
  readonly #source: EventSource;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: ClientOptions;

  constructor(transport: Transport, source: EventSource, clock: Clock, log: Log, options: ClientOptions = {}) {
    this.#transport = transport;
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
  }

  /**
   * Whether it was taken. Never throws: a failure is logged. Nothing is sent without the Lease: who holds it now tells what
   * happens.
   */
  async record(record: EventRecord, signal: AbortSignal): Promise<boolean> {
    if (this.#options.mayWrite?.() === false) return false;
    try {
      const body = eventOf(record, this.#source, this.#clock.wall());
      const location = {
        type: RESOURCES.Event,
        namespace: body.metadata.namespace ?? 'default',
        name: body.metadata.name,
      };
      await this.#transport.request({ verb: 'create', location, body, ...patience }, signal);
      return true;
    } catch (error) {
      if (isFault(error, 'AlreadyExists')) return true;
      if (isFault(error, 'Aborted')) return false;
      const { reason, regarding } = record;
      const message = error instanceof Error ? error.message : String(error);
      this.#log.warn({ reason, object: regarding.metadata.name, error: message }, 'an Event could not be written');
      return false;
    }
  }
}

/** The Event as it is sent. Its name follows from what happened, so that a crash and a repetition make no second one. */
export function eventOf(record: EventRecord, source: EventSource, at: Date): KubeObject {
  const { regarding, reason, note, occurrence } = record;
  const { name, namespace = 'default', uid, resourceVersion } = regarding.metadata;
  const what = [uid ?? name, record.type, reason, note, occurrence].join('\0');
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 16);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, longestPrefix)}.${hash}`, namespace },
    eventTime: microTime(at),
    type: record.type,
    reason: reason.slice(0, longestName),
    action: record.action.slice(0, longestName),
    note: cut(note, longestNote),
    reportingController: source.controller,
    reportingInstance: source.instance.slice(0, longestName),
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
  };
}

/** Cuts to a number of bytes, never within a character. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = bytes - 3; // room for the ellipsis
  while (((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${encoded.subarray(0, end).toString('utf8')}…`;
}
