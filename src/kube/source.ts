// One watched collection: its store, and the way from a change to the queue keys that must be looked at.
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import type { Log } from './hooks.ts';
import type { ListWatch } from './list-watch.ts';
import type { WorkQueue } from './queue.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { keyOf, resourceOf } from './resources.ts';
import type { Store } from './store.ts';

export class Source {
  readonly store: Store;
  readonly #api: ListWatch;
  readonly #reflector: Reflector;
  readonly #log: Log;

  constructor(options: ReflectorOptions) {
    this.store = options.store;
    this.#api = options.api;
    this.#reflector = new Reflector(options);
    this.#log = options.log;
  }

  get hasSynced(): boolean {
    return this.#reflector.hasSynced;
  }

  /** Which kind this is a cache of. */
  get name(): string {
    return this.#api.type.plural;
  }

  /** Runs until aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  /**
   * Adds keys to a queue at each change. `map` is pure, and is asked for the object as it was and as it is, so that a
   * changed label or owner wakes both sides.
   */
  enqueue(queue: Pick<WorkQueue, 'add'>, map: (object: KubeObject) => readonly string[]): void {
    this.store.onChange(({ key, previous, current }) => {
      try {
        const objects = [previous, current].filter((object) => object !== undefined);
        for (const queueKey of new Set(objects.flatMap(map))) queue.add(queueKey);
      } catch (error) {
        // A fault in a mapper must not end the watch; the object shows what to mend.
        this.#log.error({ resource: this.name, object: key, error: String(error) }, 'a change could not be mapped');
      }
    });
  }

  /** Whether the object would be in this cache, as far as kind and namespace tell. */
  covers(reference: ObjectReference): boolean {
    const { namespace } = this.#api.selection;
    return resourceOf(reference) === this.#api.type && (namespace === undefined || namespace === reference.namespace);
  }

  /** Whether the cache knows of everything up to this version of the object. */
  hasSeen(reference: ObjectReference, version: string): boolean {
    return this.#reflector.hasSeen(keyOf(reference), version);
  }

  /** Reads one object live, into the store. Throws a Fault when there is no clear answer. */
  refresh(reference: ObjectReference, signal: AbortSignal): Promise<void> {
    return this.#reflector.refresh(reference, signal);
  }
}
