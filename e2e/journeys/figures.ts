// What is measured on a journey, as figures: pauses of a writer, looks at the health, nodes away. Pure.

/** Times are in milliseconds of one clock. */
export interface Acknowledgement {
  readonly at: number;
  readonly documents: number;
}

/** One look at the cluster's health: undefined when there was no answer in time. */
export interface HealthSample {
  readonly at: number;
  readonly status: 'green' | 'yellow' | 'red' | undefined;
}

/** How many nodes were away from then on. */
export interface AwayCount {
  readonly at: number;
  readonly away: number;
}

export interface Span {
  readonly begin: number;
  readonly end: number;
}

const seconds = (milliseconds: number): number => milliseconds / 1000;

/** The longest time between two of these moments, and when it began; the ends of the journey count. In seconds of the journey. */
export function longestPause(
  moments: readonly { readonly at: number }[],
  { begin, end }: Span,
): { readonly seconds: number; readonly since: number } {
  let longest = { seconds: 0, since: 0 };
  let before = begin;
  for (const at of [...moments.map((moment) => moment.at).toSorted((first, second) => first - second), end]) {
    if (seconds(at - before) > longest.seconds)
      longest = { seconds: seconds(at - before), since: seconds(before - begin) };
    before = at;
  }
  return longest;
}

/** Documents acknowledged a second over the whole time. */
export const ratePerSecond = (acknowledged: readonly Acknowledgement[], { begin, end }: Span): number =>
  acknowledged.reduce((sum, { documents }) => sum + documents, 0) / seconds(end - begin);

interface Window {
  readonly seconds: number;
  /** Windows with a longer pause do not count, in seconds: how long a pause may be is judged by itself. */
  readonly longestPause: number;
}

/**
 * The lowest rate of all windows of this length, one of which begins at each second. Infinity when there is none: the whole
 * time is judged by `ratePerSecond`.
 */
export function slowestWindow(acknowledged: readonly Acknowledgement[], { begin, end }: Span, window: Window): number {
  const sorted = acknowledged.toSorted((first, second) => first.at - second.at);
  const length = window.seconds * 1000;
  let slowest = Number.POSITIVE_INFINITY;
  for (let start = begin; start + length <= end; start += 1000) {
    const inside = sorted.filter(({ at }) => at >= start && at < start + length);
    if (longestPause(inside, { begin: start, end: start + length }).seconds > window.longestPause) continue;
    slowest = Math.min(slowest, ratePerSecond(inside, { begin: start, end: start + length }));
  }
  return slowest;
}

/** Looks that had an answer. Between two of them the health is unknown, also when a busy machine left looks out. */
export const answered = (samples: readonly HealthSample[]): readonly HealthSample[] =>
  samples.filter(({ status }) => status !== undefined);

/** The longest time, in seconds, in which more nodes were away than allowed. */
export function longestAbove(counts: readonly AwayCount[], allowed: number, end: number): number {
  let longest = 0;
  let since: number | undefined;
  for (const { at, away } of counts) {
    if (away > allowed) since ??= at;
    else if (since !== undefined) {
      longest = Math.max(longest, at - since);
      since = undefined;
    }
  }
  return seconds(since === undefined ? longest : Math.max(longest, end - since));
}
