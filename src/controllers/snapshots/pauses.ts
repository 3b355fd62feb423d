// How long a request that was refused is not sent again: ten seconds at first, then longer, however often its object is looked at.
import type { Clock } from '../../kube/clock.ts';

const firstMs = 10_000;
const longestMs = 5 * 60_000;

interface Pause {
  readonly until: number;
  readonly ms: number;
}

/** One pause for each key. It is kept in memory only: an operator that has just started asks at once. */
export class Pauses {
  readonly #clock: Clock;
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that are left; 0 when nothing stands against asking. */
  left(key: string): number {
    return Math.max(0, (this.#pauses.get(key)?.until ?? 0) - this.#clock.now());
  }

  /** After a refusal. Returns how long to wait. */
  refused(key: string): number {
    const before = this.#pauses.get(key)?.ms;
    const ms = before === undefined ? firstMs : Math.min(longestMs, before * 2);
    this.#pauses.set(key, { until: this.#clock.now() + ms, ms });
    return ms;
  }

  /** After a success, or when nothing is to be asked any more. */
  forget(key: string): void {
    this.#pauses.delete(key);
  }
}
