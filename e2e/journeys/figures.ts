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

/** The longest time, in seconds, in which no document was acknowledged; the ends of the journey count. */
export function longestStall(acknowledged: readonly Acknowledgement[], { begin, end }: Span): number {
  const moments = [begin, ...acknowledged.map(({ at }) => at).toSorted((first, second) => first - second), end];
  const pauses = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  return seconds(Math.max(...pauses));
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
    if (longestStall(inside, { begin: start, end: start + length }) > window.longestPause) continue;
    slowest = Math.min(slowest, ratePerSecond(inside, { begin: start, end: start + length }));
  }
  return slowest;
}

/**
 * The longest time, in seconds, between two looks that had an answer. Looks that a busy machine left out count as looks
 * without one.
 */
export function longestUnknown(samples: readonly HealthSample[], span: Span): number {
  const answered = samples.filter(({ status }) => status !== undefined);
  return longestStall(
    answered.map(({ at }) => ({ at, documents: 0 })),
    span,
  );
}

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
