// The cache of one kind of object: what the last list and the events since then said, with an index of labels, and news of changes.
import type { KubeObject } from '../core/kubernetes.ts';
import { objectKey } from './resources.ts';
import { isAtLeast } from './versions.ts';

/** One object changed: at least one of the two is there. */
export interface Change {
  readonly key: string;
  readonly previous: KubeObject | undefined;
  readonly current: KubeObject | undefined;
}

/** Read by controllers. The objects are shared between all readers: never change one. */
export class Store {
  readonly #objects = new Map<string, KubeObject>();
  readonly #index = new Map<string, Set<string>>();
  readonly #indexLabels: readonly string[];
  readonly #listeners: ((change: Change) => void)[] = [];

  /** @param indexLabels the labels by which `byLabel` may ask */
  constructor(indexLabels: readonly string[] = []) {
    this.#indexLabels = indexLabels;
  }

  /** @param key `namespace/name`, or `name` of a cluster-scoped object */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  list(): KubeObject[] {
    return [...this.#objects.values()];
  }

  byLabel(name: string, value: string): KubeObject[] {
    if (!this.#indexLabels.includes(name))
      throw new Error(`label ${name} is not indexed; indexed are: ${this.#indexLabels.join(', ')}`);
    return this.#found(termOf(name, value));
  }

  /** Called after each change, in order. A listener must not throw. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes a new state in, unless the one that is there is as new: events may arrive after a fresher look. */
  upsert(object: KubeObject): void {
    const previous = this.#objects.get(objectKey(object));
    if (isAtLeast(previous?.metadata.resourceVersion, object.metadata.resourceVersion) === true) return;
    this.#set(objectKey(object), object);
  }

  /** Takes a deletion in, unless the object has been made anew since. `last` is its last state, as the event tells it. */
  remove(last: KubeObject): void {
    const present = this.#objects.get(objectKey(last));
    const newer = isAtLeast(present?.metadata.resourceVersion, last.metadata.resourceVersion) === true;
    if (newer && present?.metadata.uid !== last.metadata.uid) return;
    this.forget(objectKey(last));
  }

  forget(key: string): void {
    this.#set(key, undefined);
  }

  /** Takes a complete list in: what it does not name is gone. Unchanged objects cause no news. */
  replace(objects: readonly KubeObject[]): void {
    const listed = new Map(objects.map((object) => [objectKey(object), object]));
    for (const key of [...this.#objects.keys()]) if (!listed.has(key)) this.forget(key);
    for (const [key, object] of listed) {
      if (this.#objects.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) this.#set(key, object);
    }
  }

  #set(key: string, current: KubeObject | undefined): void {
    const previous = this.#objects.get(key);
    if (previous === undefined && current === undefined) return;
    if (previous !== undefined) for (const term of this.#terms(previous)) this.#unindex(term, key);
    if (current === undefined) this.#objects.delete(key);
    else {
      this.#objects.set(key, current);
      for (const term of this.#terms(current)) this.#index.set(term, (this.#index.get(term) ?? new Set()).add(key));
    }
    for (const listener of this.#listeners) listener({ key, previous, current });
  }

  #unindex(term: string, key: string): void {
    const keys = this.#index.get(term);
    keys?.delete(key);
    if (keys?.size === 0) this.#index.delete(term);
  }

  #terms({ metadata }: KubeObject): string[] {
    const labels = this.#indexLabels.filter((name) => metadata.labels?.[name] !== undefined);
    return labels.map((name) => termOf(name, metadata.labels?.[name] ?? ''));
  }

  #found(term: string): KubeObject[] {
    const keys = [...(this.#index.get(term) ?? [])];
    return keys.map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }
}

const termOf = (label: string, value: string): string => `${label}=${value}`;
