// How far a snapshot is by the status of the object that asked for it: a StackSnapshot, or a schedule that was asked to take one now.
import type { SnapshotState } from '../api/snapshot-status.ts';
import {
  currentCondition,
  type ScheduleRun,
  scheduleReadyCondition,
  type StackSnapshotScheduleSpec,
  type StackSnapshotScheduleStatus,
} from '../api/stack-snapshot-schedule.ts';
import { completeCondition, type StackSnapshotSpec, type StackSnapshotStatus } from '../api/stack-snapshot.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { requestedSnapshotName } from '../core/snapshots/identity.ts';
import type { ShownSnapshot } from './rendering/snapshot.ts';
import type { ListedSnapshot } from './rendering/snapshot-list.ts';

/** A StackSnapshot. What was found of an earlier spec says nothing. */
export function standingOf(object: KubeObject): ShownSnapshot {
  const { name, generation } = object.metadata;
  const { conditions = [], state, ...facts } = (object['status'] ?? {}) as StackSnapshotStatus;
  const said = conditions.find(
    ({ type, observedGeneration }) => type === completeCondition && observedGeneration === generation,
  );
  return {
    ...facts,
    called: `Snapshot ${name}`,
    state: said === undefined ? 'Unseen' : (state ?? 'Waiting'),
    said,
    isGood: said === undefined || said.status === 'Unknown' ? undefined : said.status === 'True',
  };
}

const isOver = (state: SnapshotState): boolean => state !== 'Waiting' && state !== 'InProgress';

/** The snapshot that a schedule was asked for by this value of its annotation. */
export function runOf(schedule: KubeObject, value: string): ShownSnapshot {
  const { name, namespace = '' } = schedule.metadata;
  const { runs = [], waiting = [], runNow, conditions = [] } = (schedule['status'] ?? {}) as StackSnapshotScheduleStatus;
  const snapshot = requestedSnapshotName({ namespace, name }, value);
  const called = `Snapshot ${snapshot} of schedule ${name}`;
  const run = runs.find(({ snapshotName }) => snapshotName === snapshot);
  if (run !== undefined)
    return { ...run, called, said: failureOf(run), isGood: isOver(run.state) ? run.state === 'Success' : undefined };
  if (runNow === value) return { called, state: 'Failed', said: gone, isGood: false };
  const inTheWay = conditions.find(({ type, status }) => type === scheduleReadyCondition && status !== 'True');
  const due = conditions.find(({ type, status }) => type === currentCondition && status === 'Unknown');
  const said = inTheWay ?? (waiting.includes(snapshot) ? due : undefined);
  return { called, state: said === undefined ? 'Unseen' : 'Waiting', said, isGood: undefined };
}

/** It was taken up, and nothing tells of it any more. */
const gone = {
  reason: 'NotInRepository',
  message: 'The schedule has taken up the request, and its repository has no such snapshot of its own.',
};

function failureOf({ state, shards }: ScheduleRun): ShownSnapshot['said'] {
  if (state !== 'Partial' && state !== 'Failed') return undefined;
  const message = shards === undefined ? 'It is no good.' : `${shards.failed} of ${shards.total} shards failed.`;
  return { reason: state, message };
}

/** A StackSnapshot as it is listed. */
export function listedSnapshot(object: KubeObject): ListedSnapshot {
  const { stackRef, repositoryRef } = object['spec'] as StackSnapshotSpec;
  const { snapshotName = '', state = 'Unseen', ...facts } = (object['status'] ?? {}) as StackSnapshotStatus;
  const takenBy = `StackSnapshot ${object.metadata.name}`;
  return { snapshot: snapshotName, stack: stackRef.name, repository: repositoryRef.name, takenBy, state, ...told(facts) };
}

/** What a schedule tells of: the newest of its snapshots, and those that are due. */
export function listedRuns(object: KubeObject): readonly ListedSnapshot[] {
  const { stackRef, repositoryRef } = object['spec'] as StackSnapshotScheduleSpec;
  const { runs = [], waiting = [] } = (object['status'] ?? {}) as StackSnapshotScheduleStatus;
  const takenBy = `StackSnapshotSchedule ${object.metadata.name}`;
  const common = { stack: stackRef.name, repository: repositoryRef.name, takenBy };
  const due = waiting.filter((name) => !runs.some(({ snapshotName }) => snapshotName === name));
  return [
    ...due.map((snapshot) => ({ snapshot, ...common, state: 'Waiting' as const })),
    ...runs.map(({ snapshotName, state, ...facts }) => ({ snapshot: snapshotName, ...common, state, ...told(facts) })),
  ];
}

type Facts = Pick<StackSnapshotStatus, 'startedAt' | 'endedAt' | 'sizeBytes' | 'shards'>;

const told = ({ startedAt, endedAt, sizeBytes, shards }: Facts) => ({
  ...(startedAt === undefined ? {} : { startedAt }),
  ...(endedAt === undefined ? {} : { endedAt }),
  ...(sizeBytes === undefined ? {} : { sizeBytes }),
  ...(shards === undefined || shards.failed === 0 ? {} : { failedShards: shards.failed }),
});
