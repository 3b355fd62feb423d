// What controllers do on the API server: live reads, creation, server-side apply, deletion. Raw JSON; errors are Faults.
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { Fault, isFault } from './errors.ts';
import { adoptedFields } from './managed-fields.ts';
import { describe, type Location, locationOf, referenceTo } from './resources.ts';
import type { ApiRequest, Transport } from './transport.ts';

export interface CreateOptions {
  /** Field manager: one per component. */
  readonly manager: string;
  /** Whether an object that is there already is ours. */
  readonly owns: (live: KubeObject) => boolean;
}

export interface ApplyOptions {
  readonly manager: string;
  /** The object that is meant: another one of the same name is not touched (Conflict), and none is made. */
  readonly uid: string;
  /** Whether to take fields that other managers set. True only for fields that are ours by right. */
  readonly force: boolean;
}

export interface DeleteOptions {
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

export interface ClientOptions {
  /** Asked before each write; false is a Fault `LeaseLost`. Closes the gap between losing the Lease and noticing it. */
  readonly mayWrite?: () => boolean;
}

export class KubeClient {
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(transport: Transport, options: ClientOptions = {}) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Reads one object, live. Throws `NotFound`. */
  async get(reference: ObjectReference, signal: AbortSignal): Promise<KubeObject> {
    return this.#object({ verb: 'get', location: locationOf(reference) }, signal);
  }

  /** Reads one object, live; undefined only when the API server says that there is none. */
  async find(reference: ObjectReference, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.get(reference, signal);
    } catch (error) {
      if (isFault(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /**
   * Makes an object that is not there yet. One that is there is returned untouched when it is ours (after a crash, or
   * when the cache was late), else refused: Fault `ForeignObject`. One that is on its way out is a `Conflict`.
   */
  async createOrRefuse(
    object: KubeObject,
    options: CreateOptions,
    signal: AbortSignal,
  ): Promise<{ object: KubeObject; created: boolean }> {
    const location = locationOf(referenceTo(object));
    const query = { fieldManager: options.manager };
    try {
      const made = await this.#write({ verb: 'create', location, query, body: object }, signal);
      return { object: made, created: true };
    } catch (error) {
      if (!isFault(error, 'AlreadyExists')) throw error;
      const live = await this.find(referenceTo(object), signal);
      if (live === undefined) throw error; // gone again: the next round makes it
      return { object: accepted(live, options), created: false };
    }
  }

  /**
   * Server-side apply of all fields that this manager wants; fields it set before and no longer names are removed,
   * fields of others stay. The object must exist: `Conflict` when it is gone or another one has its name.
   *
   * Items of a list that others gave another key are theirs, and may contradict ours: an edited port, whose key is its
   * number, stays beside ours under the same name, and the API server takes neither apply. Then lists are replaced first.
   */
  async apply(object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<KubeObject> {
    try {
      return await this.#adoptAndApply(object, options, signal);
    } catch (error) {
      if (!options.force || !isFault(error, 'Invalid')) throw error;
      // A merge takes lists as a whole, and leaves fields that the object does not name.
      const body = { ...object, metadata: { ...object.metadata, uid: options.uid } };
      const location = locationOf(referenceTo(object));
      await this.#write({ verb: 'merge', location, body, query: { fieldManager: options.manager } }, signal);
      return await this.#adoptAndApply(object, options, signal);
    }
  }

  async #adoptAndApply(object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<KubeObject> {
    const reference = referenceTo(object);
    const location = locationOf(reference);
    const live = await this.find(reference, signal);
    if (live?.metadata.uid !== options.uid)
      throw new Fault('Conflict', `apply ${describe(location)}: it was deleted or replaced since it was read`);
    const managedFields = adoptedFields(live, options.manager);
    if (managedFields !== undefined) {
      const { uid, resourceVersion } = live.metadata;
      const body = { metadata: { uid, resourceVersion, managedFields } };
      await this.#write({ verb: 'merge', location, body, query: { fieldManager: options.manager } }, signal);
    }
    return this.#apply(object, location, options, signal);
  }

  /**
   * Server-side apply of `status`; `metadata.uid` says which object is meant. Each manager names only its own part, such
   * as its condition. With a `metadata.resourceVersion`, an object that was changed since is a `Conflict`.
   */
  async applyStatus(object: KubeObject, options: Omit<ApplyOptions, 'uid'>, signal: AbortSignal): Promise<KubeObject> {
    const { apiVersion, kind, ...reference } = referenceTo(object);
    const { resourceVersion } = object.metadata;
    const metadata = { ...reference, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const body: KubeObject = { apiVersion, kind, metadata, status: object['status'] };
    const location = { ...locationOf(referenceTo(object)), subresource: 'status' };
    return this.#apply(body, location, { ...options, uid: object.metadata.uid ?? '' }, signal);
  }

  /** Deletes exactly the object that is meant. Gone already is success; another one of that name is a `Conflict`. */
  async delete(reference: ObjectReference, options: DeleteOptions, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion, propagation = 'Background' } = options;
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: propagation };
    try {
      await this.#write({ verb: 'delete', location: locationOf(reference), body }, signal);
    } catch (error) {
      if (!isFault(error, 'NotFound')) throw error;
    }
  }

  async #apply(
    object: KubeObject,
    location: Location,
    { manager, uid, force }: ApplyOptions,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    if (uid === '') throw new Fault('BadRequest', `apply ${describe(location)}: the uid of the live object is missing`);
    const body = { ...object, metadata: { ...object.metadata, uid } };
    const query = { fieldManager: manager, force: String(force) };
    return this.#write({ verb: 'apply', location, body, query }, signal);
  }

  async #write(request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    if (this.#options.mayWrite?.() === false) {
      const what = `${request.verb} ${describe(request.location)}`;
      throw new Fault('LeaseLost', `${what}: not sent, because this process does not hold the Lease (any more)`);
    }
    return this.#object(request, signal);
  }

  async #object(request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    return (await this.#transport.request(request, signal)) as KubeObject;
  }
}

/** The object that stands where we wanted to create ours, if we may go on with it. */
function accepted(live: KubeObject, { owns }: CreateOptions): KubeObject {
  const name = describe(locationOf(referenceTo(live)));
  if (!owns(live))
    throw new Fault('ForeignObject', `${name} exists and is not ours; it is left untouched. Rename or delete it.`);
  if (live.metadata.deletionTimestamp !== undefined)
    throw new Fault('Conflict', `${name} is being deleted; it can be made anew when it is gone`);
  return live;
}
