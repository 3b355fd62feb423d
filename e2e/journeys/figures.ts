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

/** The lowest rate of all whole minutes, counted from the beginning; that of the whole time when it is shorter. */
export function slowestMinute(acknowledged: readonly Acknowledgement[], span: Span): number {
  const minutes = Math.floor((span.end - span.begin) / 60_000);
  if (minutes === 0) return ratePerSecond(acknowledged, span);
  const counts = Array.from({ length: minutes }, () => 0);
  for (const { at, documents } of acknowledged) {
    const minute = Math.floor((at - span.begin) / 60_000);
    if (minute >= 0 && minute < minutes) counts[minute] = (counts[minute] ?? 0) + documents;
  }
  return Math.min(...counts) / 60;
}

/** The longest time, in seconds, from a look without an answer to the next that had one. */
export function longestUnknown(samples: readonly HealthSample[], end: number): number {
  let longest = 0;
  let since: number | undefined;
  for (const { at, status } of samples) {
    if (status === undefined) since ??= at;
    else if (since !== undefined) {
      longest = Math.max(longest, at - since);
      since = undefined;
    }
  }
  return seconds(since === undefined ? longest : Math.max(longest, end - since));
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
