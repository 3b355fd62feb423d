// When a snapshot that is due may begin, and which are due: snapshots and changes of the nodes exclude each other step by step, and neither holds the other up for long.
import type { StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import type { StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { someOf } from '../elasticsearch/figures.ts';
import type { AnsweredLook, ClusterLook } from '../elasticsearch/observed.ts';
import { preparedRestart } from '../elasticsearch/protection.ts';
import type { KubeObject } from '../kubernetes.ts';
import { names } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';

/** The longest that a snapshot waits for shards and nodes, and the longest that a restart takes. */
const longestMs = 10 * 60_000;

/** Whoever changes the nodes is to see first that a snapshot is due: so no new step begins in the moment that it does. */
const noticeMs = 2000;

export type StartVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: string; readonly message: string };

const not = (reason: string, message: string): StartVerdict => ({ allowed: false, reason, message });

/**
 * Whether a snapshot that is due may begin now. Nodes that are being restarted are waited for, and so are shards that move,
 * but a change that does not come to its end holds no snapshot up.
 * @param wanted names of the nodes that the stack asks for
 * @param waitingSince when somebody wrote into a status that it is due
 */
export function mayStart(look: ClusterLook, wanted: readonly string[], waitingSince: Date, now: Date): StartVerdict {
  if (!look.answered) return not(look.code, look.message);
  const waited = now.getTime() - waitingSince.getTime();
  // One that lies ahead was written by another clock: it tells nothing.
  if (waited >= 0 && waited < noticeMs) return not('Waiting', 'It is due, and begins in a moment.');
  const restart = preparedRestart(look);
  if (restart !== undefined && !isOver(restart.since, now))
    return not('WaitingForRestart', `Waiting for node ${restart.node}, which restarts.`);
  return waited < 0 || waited >= longestMs ? { allowed: true } : whileNothingMoves(look, wanted);
}

/** A restart that has lasted for so long does not come to its end. A time that cannot be read is none that is waited for. */
const isOver = (since: string, now: Date): boolean => !(now.getTime() - Date.parse(since) < longestMs);

function whileNothingMoves({ nodes, health }: AnsweredLook, wanted: readonly string[]): StartVerdict {
  const missing = wanted.filter((name) => !nodes.some((node) => node.name === name));
  if (missing.length > 0)
    return not('WaitingForNodes', `Waiting for ${someOf(missing)} to join, for ten minutes at most.`);
  if (health.relocating > 0 || health.initializing > 0)
    return not('WaitingForShards', 'Waiting until no shard moves or recovers, for ten minutes at most.');
  return { allowed: true };
}

/** The nodes that the spec asks for. */
export const wantedNodes = ({ identity, elasticsearch }: ResolvedStack): readonly string[] =>
  elasticsearch.pools.flatMap(({ name, replicas }) =>
    Array.from({ length: replicas }, (_none, ordinal) => `${names.pool(identity.name, name)}-${ordinal}`),
  );

/** The look without the nodes whose pods are on their way out, of which Elasticsearch need not know yet. */
export function withoutGoing(look: ClusterLook, pods: readonly KubeObject[]): ClusterLook {
  if (!look.answered) return look;
  const going = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return { ...look, nodes: look.nodes.filter(({ name }) => !going.some(({ metadata }) => metadata.name === name)) };
}

const repositoryOf = (object: KubeObject): string =>
  (object['spec'] as { readonly repositoryRef?: { readonly name?: string } } | undefined)?.repositoryRef?.name ?? '';

/**
 * Snapshots that are due and wait only for their moment, as `<repository>/<snapshot>`. Their own controllers see to it that
 * none waits which could not begin: it would hold changes up for nothing.
 * @param snapshots StackSnapshots of one stack
 * @param schedules StackSnapshotSchedules of that stack
 */
export function dueSnapshots(snapshots: readonly KubeObject[], schedules: readonly KubeObject[]): readonly string[] {
  const lasting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp === undefined;
  const single = snapshots.filter(lasting).flatMap((object) => {
    const { state, snapshotName } = (object['status'] ?? {}) as StackSnapshotStatus;
    return state === 'Waiting' && snapshotName !== undefined ? [`${repositoryOf(object)}/${snapshotName}`] : [];
  });
  const scheduled = schedules.filter(lasting).flatMap((object) => {
    const { waiting = [] } = (object['status'] ?? {}) as StackSnapshotScheduleStatus;
    return waiting.map((name) => `${repositoryOf(object)}/${name}`);
  });
  return [...single, ...scheduled];
}

/** The look as the planner of nodes is to see it: what is due counts like what is being taken. */
export function withDueSnapshots(look: ClusterLook, due: readonly string[]): ClusterLook {
  if (!look.answered || look.detail === undefined || due.length === 0) return look;
  const snapshotsInProgress = [...new Set([...look.detail.snapshotsInProgress, ...due])];
  return { ...look, detail: { ...look.detail, snapshotsInProgress } };
}
