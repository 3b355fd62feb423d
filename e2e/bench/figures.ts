// Figures of repeated runs: median and spread, when each part of a stack was ready, and the table that is printed.

/** Seconds after the clock was started. */
export interface Moments {
  /** The first pod of the part was there. */
  readonly appeared: number;
  /** All pods of the part were ready for the first time. */
  readonly ready: number;
}

export type RunKind = 'operator' | 'bare';

export interface Run {
  readonly kind: RunKind;
  /** From `kubectl apply` until all pods are ready and Elasticsearch is green with all its nodes, judged from outside. */
  readonly seconds: number;
  /** The same until the condition Ready of the LoggingStack; undefined for a bare run. */
  readonly ownSeconds: number | undefined;
  readonly parts: Readonly<Record<string, Moments>>;
  /** Processes that were running or waiting to run in the minute before the run: above the number of cores, others worked too. */
  readonly loadBefore: number;
}

interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Result {
  readonly operator: Summary;
  readonly operatorOwnReady: Summary;
  readonly bare: Summary;
  /** Median by the operator divided by the median of the bare runs, both judged from outside. */
  readonly ratio: number;
  /** The same with the operator's own condition Ready. */
  readonly ratioOwnReady: number;
  readonly runs: readonly Run[];
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of no values is not defined');
  const sorted = values.toSorted((first, second) => first - second);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (lower + upper) / 2;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const summarize = (values: readonly number[]): Summary => ({
  median: rounded(median(values), 1),
  least: rounded(Math.min(...values), 1),
  most: rounded(Math.max(...values), 1),
});

export function resultOf(runs: readonly Run[]): Result {
  const operatorRuns = runs.filter(({ kind }) => kind === 'operator');
  const operator = operatorRuns.map(({ seconds }) => seconds);
  const own = operatorRuns.map(({ seconds, ownSeconds }) => ownSeconds ?? seconds);
  const bare = runs.filter(({ kind }) => kind === 'bare').map(({ seconds }) => seconds);
  return {
    operator: summarize(operator),
    operatorOwnReady: summarize(own),
    bare: summarize(bare),
    ratio: rounded(median(operator) / median(bare), 2),
    ratioOwnReady: rounded(median(own) / median(bare), 2),
    runs,
  };
}

/** One line per part: when its first pod was there, and when all were ready. */
export function partLines({ parts }: Run): string {
  return Object.entries(parts)
    .toSorted(([, first], [, second]) => first.ready - second.ready)
    .map(([part, { appeared, ready }]) => `  ${part.padEnd(12)} there ${fixed(appeared)}   ready ${fixed(ready)}`)
    .join('\n');
}

const fixed = (seconds: number): string => `${seconds.toFixed(1)} s`.padStart(8);

export function table(result: Result): string {
  const line = (title: string, { median: middle, least, most }: Summary): string =>
    `${title.padEnd(44)} median ${fixed(middle)}   from ${fixed(least)} to ${fixed(most)}`;
  return [
    line('by the operator, judged from outside', result.operator),
    line('by the operator, its own condition Ready', result.operatorOwnReady),
    line('the same manifests bare, judged from outside', result.bare),
    `ratio ${result.ratio} judged from outside, ${result.ratioOwnReady} with the operator's own Ready (goal: 1.2 or less)`,
  ].join('\n');
}
