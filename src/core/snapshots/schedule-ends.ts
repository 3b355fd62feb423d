// How a schedule's snapshots ended, as lists do not tell it: sizes and failures are looked up once for each, and remembered in the status.
import type { StackSnapshotScheduleSpec, StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import type { KubeObject } from '../kubernetes.ts';
import { ownSnapshots } from './history.ts';
import type { SnapshotInfo } from './observed.ts';

/** Of those that ended while nobody looked, a few at each look. */
const mostAtOnce = 3;

const runsIn = ({ runs = [], lastGood }: StackSnapshotScheduleStatus) => [
  ...runs,
  ...(lastGood === undefined ? [] : [lastGood]),
];

const statusOf = (object: KubeObject): StackSnapshotScheduleStatus => object['status'] ?? {};

/** Names of the newest snapshots of the schedule that have ended, of which its status does not tell how. */
export function unknownEnds(object: KubeObject, snapshots: readonly SnapshotInfo[]): readonly string[] {
  const { namespace = '', name } = object.metadata;
  const { stackRef } = object['spec'] as StackSnapshotScheduleSpec;
  const known = runsIn(statusOf(object)).filter(({ state }) => state !== 'InProgress');
  return ownSnapshots(snapshots, { namespace, name }, { namespace, name: stackRef.name })
    .filter((one) => one.state !== 'InProgress' && !known.some(({ snapshotName }) => snapshotName === one.name))
    .slice(0, mostAtOnce)
    .map((one) => one.name);
}

/** The list with what was looked up now, and with what the status tells of earlier times. */
export function withEnds(
  object: KubeObject,
  snapshots: readonly SnapshotInfo[],
  lookedUp: readonly SnapshotInfo[],
): readonly SnapshotInfo[] {
  const known = runsIn(statusOf(object));
  return snapshots.map((one) => {
    const found = lookedUp.find(({ uuid }) => uuid === one.uuid);
    if (found !== undefined) return found;
    const run = known.find(({ snapshotName, state }) => snapshotName === one.name && state === one.state);
    if (run === undefined) return one;
    const { sizeBytes, failures = [] } = run;
    return { ...one, failures, ...(sizeBytes === undefined ? {} : { bytes: sizeBytes }) };
  });
}
