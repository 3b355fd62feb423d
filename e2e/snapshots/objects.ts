// Repositories, snapshots, schedules and restores as a user makes and watches them, with kubectl.
import type { CaseContext } from '../cases/registry.ts';
import type { Site } from '../environment/site.ts';
import type { Condition, Place } from '../environment/stacks.ts';
import { found, seen, type Seen, waitFor } from '../environment/wait.ts';

export type Kind = 'StackRepository' | 'StackSnapshot' | 'StackSnapshotSchedule' | 'StackRestore';

export interface SnapshotObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly state?: string;
    readonly snapshotName?: string;
    readonly runs?: readonly Run[];
    readonly lastGood?: Run;
    readonly startedAt?: string;
    readonly endedAt?: string;
    readonly kept?: number;
    readonly held?: boolean;
  };
}

export interface Run {
  readonly snapshotName: string;
  readonly slot: string;
  readonly state: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** Makes an object, or changes it. */
export async function applyObject(site: Site, kind: Kind, { namespace, name }: Place, spec: object): Promise<void> {
  const manifest = { apiVersion: 'loggingstack.dev/v1alpha1', kind, metadata: { name, namespace }, spec };
  await site.run(['apply', '-f', '-'], JSON.stringify(manifest));
}

export const getObject = (site: Site, kind: Kind, { namespace, name }: Place): Promise<SnapshotObject> =>
  site.run.json<SnapshotObject>(['get', kind.toLowerCase(), name, '-n', namespace]);

/** What its conditions say, in one line. */
const told = ({ status }: SnapshotObject): string =>
  (status?.conditions ?? [])
    .map(({ type, status: is, reason, message }) => `${type} ${is} ${reason}: ${message}`)
    .join(' | ');

/** Looks at an object until it is as awaited; prints a line whenever its conditions change. */
export async function awaitObject<T>(
  site: Site,
  kind: Kind,
  place: Place,
  { log, signal }: Pick<CaseContext, 'log' | 'signal'>,
  seconds: number,
  awaited: (object: SnapshotObject) => T | undefined,
): Promise<T> {
  let last = '';
  const look = async (): Promise<Seen<T>> => {
    const object = await getObject(site, kind, place);
    const picture = told(object);
    if (picture !== last) log(`${kind} ${place.name}: ${picture}`);
    last = picture;
    const value = awaited(object);
    return value === undefined ? seen(picture || 'no status yet') : found(value);
  };
  return waitFor(`${kind} ${place.namespace}/${place.name}`, look, { signal, seconds });
}

/** The condition of a type, if it is of the newest generation. */
export function conditionIn({ metadata, status }: SnapshotObject, type: string): Condition | undefined {
  const condition = status?.conditions?.find((one) => one.type === type);
  return condition?.observedGeneration === metadata.generation ? condition : undefined;
}

/** Waits for a condition to be True. Throws at once when it is False for a reason that no waiting mends. */
export const awaitTrue = (
  site: Site,
  kind: Kind,
  place: Place,
  type: string,
  context: CaseContext,
  seconds: number,
): Promise<SnapshotObject> =>
  awaitObject(site, kind, place, context, seconds, (object) =>
    conditionIn(object, type)?.status === 'True' ? object : undefined,
  );

/** A claim that all nodes can share, and a repository on it. */
export async function applyRepository(site: Site, { namespace, name }: Place, stack: string): Promise<void> {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { storageClassName: 'shared', accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } },
  };
  await site.run(['apply', '-f', '-'], JSON.stringify(claim));
  await applyObject(
    site,
    'StackRepository',
    { namespace, name },
    { stackRef: { name: stack }, type: 'FileSystem', fileSystem: { claimRef: { name } } },
  );
}
