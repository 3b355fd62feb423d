// Keeps requests that Elasticsearch refused apart: whatever wakes the controller, they are asked for again after a pause, which grows.
import type { Refused } from '../../core/snapshots/snapshot-view.ts';

const shortestMs = 10_000;
const longestMs = 5 * 60_000;
/** What nobody asked for again for so long is forgotten: its object is gone. */
const forgottenMs = 60 * 60_000;

export class Refusals {
  readonly #found = new Map<string, Refused & { readonly times: number }>();

  of(uid: string): Refused | undefined {
    return this.#found.get(uid);
  }

  /** Remembers a refusal; returns until when nothing is to be asked. */
  refused(uid: string, fault: Refused['fault'], now: Date): Refused {
    for (const [other, { until }] of this.#found)
      if (now.getTime() - until.getTime() > forgottenMs) this.#found.delete(other);
    const before = this.#found.get(uid);
    const times = (before?.times ?? 0) + 1;
    const pause = Math.min(shortestMs * 2 ** (times - 1), longestMs);
    const found = { fault, since: before?.since ?? now, until: new Date(now.getTime() + pause), times };
    this.#found.set(uid, found);
    return found;
  }

  forget(uid: string): void {
    this.#found.delete(uid);
  }
}
