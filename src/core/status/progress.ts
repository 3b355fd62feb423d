// Progress in a status: how far each step of a change is, told so that a poll is seldom a write; and which steps have ended.
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';

/** What stands in `status.elasticsearch.progress`. */
export type ProgressEntry = NonNullable<NonNullable<LoggingStackStatus['elasticsearch']>['progress']>[number];

/** A step that is under way, as one look finds it. */
export interface Underway {
  readonly step: ProgressEntry['step'];
  readonly subject: string;
  /** How much is left, in whatever it is counted; undefined when the look does not tell. */
  readonly left?: number;
  /** How much there is altogether, where that is known; else it is what was left at first. */
  readonly total?: number;
  readonly text?: string;
}

/** A coarser step means fewer writes. */
const percentStep = 5;

const longestList = 64;

/** What is to stand in the status. An entry changes only when its percentage does. `now` is RFC 3339. */
export function progressEntries(
  found: readonly Underway[],
  before: readonly ProgressEntry[] | undefined,
  now: string,
): readonly ProgressEntry[] {
  return found.slice(0, longestList).map((one) => {
    const stood = before?.find(({ step, subject }) => step === one.step && subject === one.subject);
    const total = stood?.total ?? one.total ?? one.left;
    const percent = percentOf(one.left, total) ?? stood?.percent ?? 0;
    if (stood?.percent === percent && (stood.total !== undefined || total === undefined)) return stood;
    return {
      step: one.step,
      subject: one.subject,
      percent,
      ...(total === undefined ? {} : { total }),
      ...(one.text === undefined ? {} : { message: one.text }),
      since: stood?.since ?? now,
    };
  });
}

/** In steps, and never more than is done; undefined when it is not known. */
export function percentOf(left: number | undefined, total: number | undefined): number | undefined {
  if (left === undefined || total === undefined) return undefined;
  if (left <= 0) return 100;
  // While documents come in, more may be left than there was at first.
  const done = Math.max(0, 1 - left / total);
  return Math.floor((done * 100) / percentStep) * percentStep;
}

export interface EndedStep {
  readonly step: string;
  readonly seconds: number;
}

interface Told {
  readonly progress?: readonly ProgressEntry[];
}

/** A status as far as it tells of steps. */
const toldIn = (status: object): Told | undefined => (status as { readonly elasticsearch?: Told }).elasticsearch;

/** Steps that stood in the status and no longer do. A status that says nothing of Elasticsearch ends none of its steps. */
export function endedSteps(live: object, wanted: object, now: Date): readonly EndedStep[] {
  const told = toldIn(wanted);
  if (told === undefined) return [];
  return (toldIn(live)?.progress ?? [])
    .filter((one) => told.progress?.some(({ step, subject }) => step === one.step && subject === one.subject) !== true)
    .map(({ step, since }) => ({ step, seconds: Math.max(0, (now.getTime() - Date.parse(since)) / 1000) }));
}
