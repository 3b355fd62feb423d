// No decision on a cache that is older than our last write: what was written is remembered until the cache has seen it.
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import type { Clock } from './clock.ts';
import { Fault } from './errors.ts';
import { keyOf, referenceTo } from './resources.ts';
import type { Source } from './source.ts';

interface Expectation {
  readonly reference: ObjectReference;
  readonly since: number;
  readonly isSeenBy: (source: Source) => boolean;
}

/** After so long a live look decides, because the event may never come (the object left the selection, a watch hangs). */
const patience = 30_000;

export class Expectations {
  readonly #sources: readonly Source[];
  readonly #clock: Clock;
  readonly #pending = new Map<string, Map<string, Expectation>>();

  /** @param sources all caches, those made later included: the array is the manager's own */
  constructor(sources: readonly Source[], clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** @param scope whose decisions depend on it: a queue key. @param object as the API server returned it */
  wrote(scope: string, object: KubeObject): void {
    const version = object.metadata.resourceVersion ?? '';
    const reference = referenceTo(object);
    this.#expect(scope, reference, (source) => source.hasSeen(reference, version));
  }

  deleted(scope: string, reference: ObjectReference, uid: string): void {
    this.#expect(scope, reference, (source) => {
      const cached = source.store.get(keyOf(reference));
      return cached?.metadata.uid !== uid || cached.metadata.deletionTimestamp !== undefined;
    });
  }

  /**
   * The first thing a reconcile does. Throws `StaleCache` until every cache has seen all writes of the scope; after 30 s
   * the object is read live, into the caches, and when that gives no answer, its Fault is thrown: never a silent yes.
   */
  async settle(scope: string, signal: AbortSignal): Promise<void> {
    const pending = this.#pending.get(scope);
    if (pending === undefined) return;
    for (const [key, expectation] of pending) {
      const behind = this.#covering(expectation.reference).filter((source) => !expectation.isSeenBy(source));
      if (behind.length > 0 && this.#clock.now() - expectation.since < patience) {
        const { kind } = expectation.reference;
        throw new Fault(
          'StaleCache',
          `the cache has not yet seen our last write of ${kind} ${keyOf(expectation.reference)}`,
        );
      }
      for (const source of behind) await source.refresh(expectation.reference, signal);
      pending.delete(key);
    }
    this.#pending.delete(scope);
  }

  #expect(scope: string, reference: ObjectReference, isSeenBy: Expectation['isSeenBy']): void {
    if (this.#covering(reference).length === 0)
      throw new Fault('Configuration', `no cache holds ${reference.kind} ${keyOf(reference)}: nothing can be expected`);
    const pending = this.#pending.get(scope) ?? new Map<string, Expectation>();
    this.#pending.set(scope, pending);
    pending.set(`${reference.kind} ${keyOf(reference)}`, { reference, since: this.#clock.now(), isSeenBy });
  }

  #covering(reference: ObjectReference): Source[] {
    return this.#sources.filter((source) => source.covers(reference));
  }
}
