// Leader election by a Lease: at most one process acts, and the one that loses the Lease stops all work at once.
import type { KubeObject } from '../core/kubernetes.ts';
import { type Clock, isAborted, limited, type Random, sleep } from './clock.ts';
import { Fault, isFault } from './errors.ts';
import type { Log } from './hooks.ts';
import { microTime } from './micro-time.ts';
import { type Location, RESOURCES } from './resources.ts';
import type { ApiRequest } from './transport.ts';

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique among processes that live at the same time: a pod's name, or host and process id. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly times?: LeaseTimes;
}

/** All in milliseconds. `renewDeadline` must be shorter than `duration`: we stop before anybody else may start. */
export interface LeaseTimes {
  readonly duration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export const usualTimes: LeaseTimes = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };

/** How it ended: because it was told to, or because the Lease was lost. */
export type Ended = { readonly kind: 'stopped' } | { readonly kind: 'lost' };

/** The part of the transport that is needed. */
export interface LeaseApi {
  request(request: ApiRequest, signal: AbortSignal): Promise<unknown>;
}

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export class LeaderElector {
  readonly #api: LeaseApi;
  readonly #options: LeaseOptions;
  readonly #times: LeaseTimes;
  readonly #location: Location;
  /** The Lease as it was seen last, and when it was seen first in that state: its holder's time runs from there. */
  #seen: { lease: KubeObject; since: number } | undefined;
  /** When the last successful renewal was *sent*: everybody else counts from a later moment. */
  #renewedAt = -Infinity;
  #leading = false;

  constructor(api: LeaseApi, options: LeaseOptions) {
    this.#times = options.times ?? usualTimes;
    if (this.#times.renewDeadline >= this.#times.duration || this.#times.retryPeriod >= this.#times.renewDeadline)
      throw new Fault('Configuration', 'Lease: retry period < renew deadline < duration is required');
    this.#api = api;
    this.#options = options;
    this.#location = { type: RESOURCES.Lease, namespace: options.namespace, name: options.name };
  }

  /** Whether work may go on right now, by the clock: true even before a late timer would tell otherwise. */
  isLeading(): boolean {
    return this.#leading && this.#options.clock.now() - this.#renewedAt < this.#times.renewDeadline;
  }

  /**
   * Waits for the Lease, then runs `work` with a signal that is aborted when `outer` is or when the Lease is lost. The
   * Lease is kept until the work has ended and then given back; if the work ended with an error, it may still be going
   * on somewhere, so that the Lease is left to run out.
   */
  async lead(work: (signal: AbortSignal) => Promise<void>, outer: AbortSignal): Promise<Ended> {
    if (!(await this.#acquire(outer))) return { kind: 'stopped' };
    const lost = new AbortController();
    const done = new AbortController();
    this.#leading = true;
    const keeping = this.#keep(lost, done.signal);
    try {
      await work(AbortSignal.any([outer, lost.signal]));
      done.abort();
      await keeping;
      if (this.isLeading()) await this.#release();
    } finally {
      done.abort();
      this.#leading = false;
    }
    return lost.signal.aborted ? { kind: 'lost' } : { kind: 'stopped' };
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random, log, identity } = this.#options;
    while (!isAborted(signal)) {
      try {
        // An answer that took longer than the renew deadline says what was, not what is: another may lead by now.
        if ((await this.#tryAcquire(signal)) && this.#timeLeft() > 0) {
          log.info({ lease: this.#options.name, identity }, 'this process leads');
          return true;
        }
      } catch (error) {
        if (!isAborted(signal)) this.#warn(error, 'the Lease could not be acquired');
      }
      // Jitter, so that those who wait do not ask all at once.
      await sleep(clock, this.#times.retryPeriod * (1 + 0.2 * random()), signal);
    }
    return false;
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const lease = await this.#find(signal);
    if (lease !== undefined && this.#isHeldByAnother(lease)) return false;
    const sent = this.#options.clock.now();
    const verb = lease === undefined ? 'create' : 'update';
    return this.#accept(await this.#request({ verb, location: this.#location, body: this.#held(lease) }, signal), sent);
  }

  async #find(signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#request({ verb: 'get', location: this.#location }, signal);
    } catch (error) {
      if (isFault(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** The holder's time is measured by our clock, from when we saw its last sign of life: no two clocks are compared. */
  #isHeldByAnother(lease: KubeObject): boolean {
    const now = this.#options.clock.now();
    if (this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
      this.#seen = { lease, since: now };
    const { holderIdentity, leaseDurationSeconds } = specOf(lease);
    if (holderIdentity === undefined || holderIdentity === null || holderIdentity === '') return false;
    if (holderIdentity === this.#options.identity) return false;
    const duration = leaseDurationSeconds === undefined ? this.#times.duration : leaseDurationSeconds * 1000;
    return now - (this.#seen?.since ?? now) < duration;
  }

  #accept(lease: KubeObject, sent: number): true {
    this.#seen = { lease, since: sent };
    this.#renewedAt = sent;
    return true;
  }

  /** Renews until `done`; aborts `lost` when the deadline passes without success, or somebody else holds the Lease. */
  async #keep(lost: AbortController, done: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!isAborted(lost.signal)) {
      // Sooner when the last answer was slow: its time counts from when it was asked for.
      await sleep(clock, Math.min(this.#times.retryPeriod, this.#timeLeft() / 2), done);
      if (isAborted(done)) return;
      const limit = {
        milliseconds: this.#timeLeft(),
        error: () => new Fault('LeaseLost', 'the renew deadline passed'),
      };
      // Not under `done`: a renewal that is on its way when the work ends is waited for, or the release would conflict.
      const never = new AbortController().signal;
      const kept = await limited(clock, never, limit, (signal) => this.#renewInTime(signal));
      if (!kept) this.#lose(lost);
    }
  }

  /** Milliseconds until the renew deadline; 0 when it has passed. */
  #timeLeft(): number {
    return Math.max(0, this.#renewedAt + this.#times.renewDeadline - this.#options.clock.now());
  }

  #lose(lost: AbortController): void {
    this.#leading = false;
    this.#options.log.error({ lease: this.#options.name }, 'the Lease is lost: all work stops');
    lost.abort(new Fault('LeaseLost', 'the Lease is lost: another process may lead now'));
  }

  /** Tries until it succeeds (true), until somebody else is seen to hold the Lease, or until the signal is aborted. */
  async #renewInTime(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    while (!isAborted(signal)) {
      const sent = clock.now();
      try {
        const body = this.#held(this.#seen?.lease);
        return this.#accept(await this.#request({ verb: 'update', location: this.#location, body }, signal), sent);
      } catch (error) {
        if (isAborted(signal)) return false;
        this.#warn(error, 'the Lease could not be renewed');
        if (isFault(error, 'Conflict') && !(await this.#isStillOurs(signal))) return false;
      }
      await sleep(clock, this.#times.retryPeriod / 4, signal);
    }
    return false;
  }

  /** After a conflict: an own write whose answer was lost, or a change by others. Unclear counts as ours, for now. */
  async #isStillOurs(signal: AbortSignal): Promise<boolean> {
    try {
      const lease = await this.#request({ verb: 'get', location: this.#location }, signal);
      this.#seen = { lease, since: this.#options.clock.now() };
      return specOf(lease).holderIdentity === this.#options.identity;
    } catch (error) {
      return !isFault(error, 'NotFound');
    }
  }

  async #release(): Promise<void> {
    const lease = this.#seen?.lease;
    if (lease === undefined) return;
    const spec = { ...specOf(lease), holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#nowText() };
    try {
      const request: ApiRequest = { verb: 'update', location: this.#location, body: { ...lease, spec } };
      await this.#request(request, new AbortController().signal);
      this.#options.log.info({ lease: this.#options.name }, 'the Lease is given back');
    } catch (error) {
      this.#warn(error, 'the Lease could not be given back; it runs out by itself');
    }
  }

  /** The Lease as we want it: based on what is there, whose resource version makes the write conditional. */
  #held(lease: KubeObject | undefined): KubeObject {
    const now = this.#nowText();
    const before = lease === undefined ? {} : specOf(lease);
    const ours = before.holderIdentity === this.#options.identity;
    const spec: LeaseSpec = {
      ...before,
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#times.duration / 1000),
      acquireTime: ours ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (ours || lease === undefined ? 0 : 1),
    };
    const { namespace, name } = this.#options;
    const metadata = lease?.metadata ?? { name, namespace };
    return { apiVersion: RESOURCES.Lease.apiVersion, kind: RESOURCES.Lease.kind, metadata, spec };
  }

  async #request(request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    // No repetitions below us: this loop has its own rhythm and its own deadline.
    const timeoutMs = this.#times.renewDeadline / 2;
    return (await this.#api.request({ ...request, retries: 0, timeoutMs }, signal)) as KubeObject;
  }

  #nowText(): string {
    return microTime(this.#options.clock.wall());
  }

  #warn(error: unknown, message: string): void {
    const said = error instanceof Error ? error.message : String(error);
    this.#options.log.warn({ lease: this.#options.name, error: said }, message);
  }
}

function specOf(lease: KubeObject): LeaseSpec {
  return lease['spec'] ?? {};
}
