// kubectl loggingstack snapshot: has a schedule take one now, has one taken by itself, lists what there is.
import { randomBytes } from 'node:crypto';
import { apiVersion } from '../api/logging-stack.ts';
import { stackSnapshotKind, type StackSnapshotSpec } from '../api/stack-snapshot.ts';
import { scheduleAnnotations } from '../api/stack-snapshot-schedule.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { secondsOf } from '../core/status/time.ts';
import { Fault } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Connection } from './connection.ts';
import { follow, type Following, type Output, type Start, type View } from './follow.ts';
import { allOf, annotate, make, theOne } from './objects.ts';
import { type ShownSnapshot, snapshotChanges, snapshotLines } from './rendering/snapshot.ts';
import { newestFirst, snapshotTable } from './rendering/snapshot-list.ts';
import { listedRuns, listedSnapshot, runOf, standingOf } from './snapshot-standing.ts';

/** Whether to follow what was asked for to its end, and how long it may take to begin. */
export interface Waiting {
  readonly wait: boolean;
  readonly timeoutSeconds: number;
}

/** How it ended: undefined when nobody waited for that. */
export type Outcome = 'good' | 'bad' | undefined;

const view: View<ShownSnapshot> = { lines: snapshotLines, changes: snapshotChanges };

const runNow: keyof typeof scheduleAnnotations = 'loggingstack.dev/run-now';

/** Has a schedule take a snapshot now, and follows it. Throws a Fault. */
export async function snapshotNow(
  connection: Connection,
  name: string,
  waiting: Waiting,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const schedule = await theOne(connection, RESOURCES.StackSnapshotSchedule, name, signal);
  const value = freshValue(new Date(), randomBytes(2).toString('hex'));
  const first = await annotate(connection, schedule, [runNow, value], signal);
  const type = RESOURCES.StackSnapshotSchedule;
  const following = { type, first, called: `Schedule ${name}`, shown: (object: KubeObject) => runOf(object, value) };
  return outcomeOf(connection, { ...following, waiting }, output, signal);
}

/** Another value takes another snapshot: the same second may have two. */
export const freshValue = (now: Date, random: string): string => `${secondsOf(now)}-${random}`;

export interface SnapshotRequest {
  readonly stack: string;
  readonly repository: string;
  /** Of the StackSnapshot; one is made up when none is given. */
  readonly name?: string | undefined;
  readonly dataStreams?: readonly string[] | undefined;
}

export function snapshotObject(request: SnapshotRequest, namespace: string, suffix: string): KubeObject {
  const { stack, repository, dataStreams, name = `${stack}-${suffix}` } = request;
  const spec: StackSnapshotSpec = {
    stackRef: { name: stack },
    repositoryRef: { name: repository },
    ...(dataStreams === undefined ? {} : { dataStreams: [...dataStreams] }),
  };
  return { apiVersion, kind: stackSnapshotKind, metadata: { name, namespace }, spec };
}

/** Makes a StackSnapshot, and follows it. Throws a Fault. */
export async function takeSnapshot(
  connection: Connection,
  request: SnapshotRequest,
  waiting: Waiting,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  await theOne(connection, RESOURCES.LoggingStack, request.stack, signal);
  await theOne(connection, RESOURCES.StackRepository, request.repository, signal);
  const wanted = snapshotObject(request, connection.namespace, randomBytes(4).toString('hex'));
  const first = await make(connection, wanted, signal);
  const called = `${stackSnapshotKind} ${first.metadata.name}`;
  const following = { type: RESOURCES.StackSnapshot, first, called, shown: standingOf };
  return outcomeOf(connection, { ...following, waiting }, output, signal);
}

interface Followed extends Pick<Following<ShownSnapshot>, 'type' | 'first' | 'called' | 'shown'> {
  readonly waiting: Waiting;
}

async function outcomeOf(
  connection: Connection,
  { waiting, ...followed }: Followed,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  if (!waiting.wait) {
    output.print([`${followed.shown(followed.first).called} is asked for. To see how far it is: snapshot list`]);
    return undefined;
  }
  const isOver = ({ isGood }: ShownSnapshot): boolean => isGood !== undefined;
  const start = startWithin(waiting.timeoutSeconds, connection.namespace);
  const { isGood } = await follow(connection, { ...followed, view, isOver, start }, output, signal);
  if (isGood === undefined) throw new Fault('Aborted', 'interrupted; the snapshot goes on');
  return isGood ? 'good' : 'bad';
}

function startWithin(seconds: number, namespace: string): Start<ShownSnapshot> {
  return {
    seconds,
    hasBegun: ({ state, isGood }) => isGood !== undefined || state === 'InProgress',
    late: ({ called, said }) => lateFault(called, said, { seconds, namespace }),
  };
}

/** What is known of something that has not begun in time. It stays asked for. */
export function lateFault(
  called: string,
  said: { readonly reason: string; readonly message: string } | undefined,
  { seconds, namespace }: { readonly seconds: number; readonly namespace: string },
): Fault {
  if (said !== undefined)
    return new Fault('TimedOut', `${called} has not begun after ${seconds} s (${said.reason}): ${said.message}`);
  const question = `does one run, and does it serve namespace ${namespace}?`;
  return new Fault('TimedOut', `${called}: no operator has answered within ${seconds} s: ${question}`);
}

/** Prints the snapshots of the namespace, or of one stack in it. */
export async function listSnapshots(
  connection: Connection,
  { stack, json }: { readonly stack: string | undefined; readonly json: boolean },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  if (stack !== undefined) await theOne(connection, RESOURCES.LoggingStack, stack, signal);
  const objects = await allOf(connection, RESOURCES.StackSnapshot, signal);
  const schedules = await allOf(connection, RESOURCES.StackSnapshotSchedule, signal);
  const all = [...objects.map(listedSnapshot), ...schedules.flatMap(listedRuns)];
  const listed = newestFirst(all.filter((one) => stack === undefined || one.stack === stack));
  if (json) output.print([JSON.stringify(listed, undefined, 2)]);
  else if (listed.length > 0) output.print(snapshotTable(listed, new Date()));
  else output.print([`There are no snapshots${of(stack)} in namespace ${connection.namespace}.`]);
}

const of = (stack: string | undefined): string => (stack === undefined ? '' : ` of stack ${stack}`);
