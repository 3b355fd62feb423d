// A snapshot that is being taken as lines of text: how far it is, what it waits for, how it ended.
import type { SnapshotState } from '../../api/snapshot-status.ts';
import type { StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import { ageText, bar, durationText, indented, sizeText } from './amounts.ts';

/** A snapshot as far as it is shown, whoever asked for it. */
export interface ShownSnapshot extends Pick<
  StackSnapshotStatus,
  'percent' | 'doneBytes' | 'sizeBytes' | 'shards' | 'failures' | 'startedAt' | 'endedAt'
> {
  /** For people, as the beginning of a sentence. */
  readonly called: string;
  /** Unseen: no operator has looked at it. */
  readonly state: SnapshotState | 'Unseen';
  /** What the operator says of it: why it has not begun, or how it ended. */
  readonly said?: { readonly reason: string; readonly message: string } | undefined;
  /** Undefined while it is not over. */
  readonly isGood: boolean | undefined;
}

export const snapshotLines = (shown: ShownSnapshot, now: Date): readonly string[] => [
  `${shown.called}: ${headline(shown, now)}`,
  ...indented([...progressLines(shown), ...failureLines(shown)]),
];

function headline(shown: ShownSnapshot, now: Date): string {
  const { state, said, isGood, startedAt } = shown;
  if (isGood !== undefined) return ending(shown);
  if (state === 'InProgress') return `is being taken${startedAt === undefined ? '' : `, for ${ageText(startedAt, now)}`}.`;
  return said === undefined ? 'the operator has not looked at it yet.' : waiting(said);
}

const waiting = ({ reason, message }: NonNullable<ShownSnapshot['said']>): string => `waits (${reason}). ${message}`;

function ending({ isGood, state, said, sizeBytes, startedAt, endedAt }: ShownSnapshot): string {
  const size = sizeBytes === undefined ? '' : ` ${sizeText(sizeBytes)}`;
  const time =
    startedAt === undefined || endedAt === undefined
      ? ''
      : ` in ${durationText((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}`;
  const figures = size === '' && time === '' ? '' : `${size}${time}.`;
  if (isGood === true) return `good.${figures}`;
  const how = state === 'Partial' ? 'PARTIAL, which counts as good for nobody' : 'FAILED';
  return `${how}.${said === undefined ? '' : ` ${said.reason}: ${said.message}`}`;
}

function progressLines({ state, isGood, percent, doneBytes, shards }: ShownSnapshot): readonly string[] {
  if (state !== 'InProgress' || isGood !== undefined) return [];
  const done = percent ?? (shards === undefined || shards.total === 0 ? undefined : (shards.done / shards.total) * 100);
  if (done === undefined) return [];
  return [[bar(done), ...amounts({ doneBytes, shards })].join('  ')];
}

const amounts = ({ doneBytes, shards }: Pick<ShownSnapshot, 'doneBytes' | 'shards'>): readonly string[] => [
  ...(doneBytes === undefined ? [] : [`${sizeText(doneBytes)} copied`]),
  ...(shards === undefined ? [] : [`${shards.done} of ${shards.total} shards`]),
];

const failureLines = ({ failures = [] }: ShownSnapshot): readonly string[] =>
  failures.map(({ index, shard, reason }) => `${index} [${shard}]: ${reason}`);

/** What is new, for output that is no terminal: no ages, which grow all the time. */
export function snapshotChanges(before: ShownSnapshot, after: ShownSnapshot): readonly string[] {
  const line = changeLine(after);
  return line === changeLine(before) ? [] : [line, ...(after.isGood === undefined ? [] : indented(failureLines(after)))];
}

function changeLine(shown: ShownSnapshot): string {
  const { called, state, isGood, said, percent, doneBytes, shards } = shown;
  if (isGood !== undefined) return `${called}: ${ending(shown)}`;
  if (state !== 'InProgress') return `${called}: ${said === undefined ? 'not looked at yet.' : waiting(said)}`;
  const figures = [...(percent === undefined ? [] : [`${percent} %`]), ...amounts({ doneBytes, shards })];
  return `${called}: ${['being taken', ...figures].join(', ')}.`;
}
