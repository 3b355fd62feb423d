// A restore as lines of text: what it waits for, which snapshot it brings back under which names, how far it is, how it ended.
import type { StackRestoreStatus } from '../../api/stack-restore.ts';
import { ageText, bar, indented, sizeText } from './amounts.ts';

/** A StackRestore as far as it is shown. */
export interface ShownRestore {
  readonly name: string;
  readonly stack: string;
  /** What the operator says of it; undefined while it has not looked at this very spec. */
  readonly said: { readonly reason: string; readonly message: string } | undefined;
  /** Undefined while it is not over. */
  readonly isGood: boolean | undefined;
  readonly status: StackRestoreStatus;
}

export const restoreLines = (shown: ShownRestore, now: Date): readonly string[] => [
  `${calledRestore(shown)}: ${headline(shown, now)}`,
  ...indented([...sourceLines(shown), ...progressLines(shown), ...streamLines(shown)]),
];

export const calledRestore = ({ name, stack }: Pick<ShownRestore, 'name' | 'stack'>): string =>
  `Restore ${name} into stack ${stack}`;

function headline(shown: ShownRestore, now: Date): string {
  const { isGood, said, status } = shown;
  if (said === undefined) return 'the operator has not looked at it yet.';
  if (isGood !== undefined) return ending(isGood, said);
  if (status.startedAt === undefined) return `waits (${said.reason}). ${said.message}`;
  return `under way, for ${ageText(status.startedAt, now)} (${said.reason}). ${said.message}`;
}

const ending = (isGood: boolean, { reason, message }: NonNullable<ShownRestore['said']>): string =>
  isGood ? `done. ${message}` : `NOT DONE (${reason}). ${message}`;

/** What came later than the snapshot is not in it: the first question of whoever restores. */
function sourceLines({ status: { snapshotName, repository, snapshotStartedAt } }: ShownRestore): readonly string[] {
  if (snapshotName === undefined) return [];
  const place = repository === undefined ? '' : ` in repository ${repository}`;
  const age = snapshotStartedAt === undefined ? '' : `, as things were at ${snapshotStartedAt}`;
  return [`snapshot ${snapshotName}${place}${age}`];
}

function progressLines({ isGood, status: { percent, ...figures } }: ShownRestore): readonly string[] {
  if (percent === undefined || isGood !== undefined) return [];
  return [[bar(percent), ...amounts(figures)].join('  ')];
}

const amounts = ({ doneBytes, totalBytes, shards }: StackRestoreStatus): readonly string[] => [
  ...(doneBytes === undefined || totalBytes === undefined
    ? []
    : [`${sizeText(doneBytes)} of ${sizeText(totalBytes)}`]),
  ...(shards === undefined ? [] : [`${shards.done} of ${shards.total} shards`]),
];

const mostStreams = 10;

/** Those that come back under another name, or replace something: the others are as they were. */
function streamLines({ status: { streams = [] } }: ShownRestore): readonly string[] {
  const told = streams.filter(({ name, restoredAs, replaces }) => name !== restoredAs || replaces === true);
  const lines = told
    .slice(0, mostStreams)
    .map(({ name, restoredAs, replaces }) => `${name} as ${restoredAs}${replaces === true ? ', which is deleted first' : ''}`);
  return told.length <= mostStreams ? lines : [...lines, `and ${told.length - mostStreams} more`];
}

/** What is new, for output that is no terminal. */
export function restoreChanges(before: ShownRestore, after: ShownRestore): readonly string[] {
  const began = before.status.startedAt === undefined && after.status.startedAt !== undefined;
  const line = changeLine(after);
  return [
    ...(began ? [...sourceLines(after), ...streamLines(after)].map((text) => `${calledRestore(after)}: ${text}`) : []),
    ...(line === changeLine(before) ? [] : [line]),
  ];
}

function changeLine({ name, stack, said, isGood, status }: ShownRestore): string {
  const called = calledRestore({ name, stack });
  if (said === undefined) return `${called}: not looked at yet.`;
  if (isGood !== undefined) return `${called}: ${ending(isGood, said)}`;
  if (status.startedAt === undefined) return `${called}: waits (${said.reason}). ${said.message}`;
  const figures = [...(status.percent === undefined ? [] : [`${status.percent} %`]), ...amounts(status)];
  return `${called}: ${figures.length === 0 ? said.message : `${figures.join(', ')}.`}`;
}
