// kubectl loggingstack restore: makes a StackRestore for a stack, and follows it to its end.
import { randomBytes } from 'node:crypto';
import { apiVersion } from '../api/logging-stack.ts';
import { stackRestoreKind, type StackRestoreSpec, type StackRestoreStatus } from '../api/stack-restore.ts';
import { completeCondition } from '../api/stack-snapshot.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { Fault } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Connection } from './connection.ts';
import { follow, type Output } from './follow.ts';
import { make, theOne } from './objects.ts';
import { calledRestore, restoreChanges, restoreLines, type ShownRestore } from './rendering/restore.ts';
import { lateFault, type Outcome, type Waiting } from './snapshots.ts';

/** As the command line says it. */
export interface RestoreRequest {
  readonly stack: string;
  /** Name of a StackSnapshot. */
  readonly snapshot?: string | undefined;
  readonly snapshotName?: string | undefined;
  readonly latestGood?: boolean | undefined;
  readonly repository?: string | undefined;
  readonly schedule?: string | undefined;
  readonly dataStreams?: readonly string[] | undefined;
  readonly suffix?: string | undefined;
  readonly conflict?: StackRestoreSpec['conflict'];
  /** Lets retention have what is restored at once. */
  readonly release?: boolean | undefined;
}

/** Which snapshot. Throws a Fault when the options name none, or more than one. */
export function sourceOf(request: RestoreRequest): StackRestoreSpec['source'] {
  const { snapshot, snapshotName, latestGood = false, repository, schedule } = request;
  const ways = [snapshot !== undefined, snapshotName !== undefined, latestGood].filter(Boolean).length;
  if (ways !== 1)
    throw new Fault('BadRequest', 'Which snapshot? Give one of --snapshot, --snapshot-name and --latest-good.');
  if (schedule !== undefined && !latestGood) throw new Fault('BadRequest', '--schedule goes with --latest-good only.');
  const repositoryRef = repository === undefined ? {} : { repositoryRef: { name: repository } };
  if (snapshot !== undefined) return { type: 'SnapshotRef', snapshotRef: { name: snapshot }, ...repositoryRef };
  if (repository === undefined)
    throw new Fault('BadRequest', 'Where is the snapshot? Give --repository, the name of a StackRepository.');
  if (snapshotName !== undefined) return { type: 'SnapshotName', snapshotName, ...repositoryRef };
  const scheduleRef = schedule === undefined ? {} : { scheduleRef: { name: schedule } };
  return { type: 'LatestGood', ...repositoryRef, ...scheduleRef };
}

export function restoreObject(request: RestoreRequest, namespace: string, suffix: string): KubeObject {
  const { stack, dataStreams, conflict, release } = request;
  const spec: StackRestoreSpec = {
    stackRef: { name: stack },
    source: sourceOf(request),
    ...(dataStreams === undefined ? {} : { dataStreams: [...dataStreams] }),
    ...(request.suffix === undefined ? {} : { rename: { suffix: request.suffix } }),
    ...(conflict === undefined ? {} : { conflict }),
    ...(release === true ? { retentionHold: false } : {}),
  };
  return { apiVersion, kind: stackRestoreKind, metadata: { name: `${stack}-${suffix}`, namespace }, spec };
}

/** How far a StackRestore is. What was found of an earlier spec says nothing. */
export function restoreStanding(object: KubeObject): ShownRestore {
  const { name, generation } = object.metadata;
  const status = (object['status'] ?? {}) as StackRestoreStatus;
  const said = status.conditions?.find(
    ({ type, observedGeneration }) => type === completeCondition && observedGeneration === generation,
  );
  const isGood = said === undefined || said.status === 'Unknown' ? undefined : said.status === 'True';
  return { name, stack: (object['spec'] as StackRestoreSpec).stackRef.name, said, isGood, status };
}

/** Makes a StackRestore, and follows it. Throws a Fault. */
export async function restore(
  connection: Connection,
  request: RestoreRequest,
  waiting: Waiting,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const { namespace } = connection;
  const wanted = restoreObject(request, namespace, randomBytes(4).toString('hex'));
  await requireNamed(connection, request, signal);
  const first = await make(connection, wanted, signal);
  const { name } = first.metadata;
  if (!waiting.wait) {
    output.print([
      `${calledRestore({ name, stack: request.stack })} is asked for. To see how far it is: kubectl get stackrestore ${name} -n ${namespace}`,
    ]);
    return undefined;
  }
  const following = {
    type: RESOURCES.StackRestore,
    first,
    called: `${stackRestoreKind} ${name}`,
    shown: restoreStanding,
    view: { lines: restoreLines, changes: restoreChanges },
    isOver: ({ isGood }: ShownRestore) => isGood !== undefined,
    start: {
      seconds: waiting.timeoutSeconds,
      hasBegun: ({ isGood, status }: ShownRestore) => isGood !== undefined || status.startedAt !== undefined,
      late: (shown: ShownRestore) =>
        lateFault(calledRestore(shown), shown.said, { seconds: waiting.timeoutSeconds, namespace }),
    },
  };
  const { isGood } = await follow(connection, following, output, signal);
  if (isGood === undefined) throw new Fault('Aborted', 'interrupted; the restore goes on');
  return isGood ? 'good' : 'bad';
}

/** What the options name is there. A schedule need not be: its snapshots outlive it. */
async function requireNamed(
  connection: Connection,
  { stack, snapshot, repository }: RestoreRequest,
  signal: AbortSignal,
): Promise<void> {
  await theOne(connection, RESOURCES.LoggingStack, stack, signal);
  if (snapshot !== undefined) await theOne(connection, RESOURCES.StackSnapshot, snapshot, signal);
  if (repository !== undefined) await theOne(connection, RESOURCES.StackRepository, repository, signal);
}
