// What a journey must keep to, and what was measured of it. Pure.
import {
  type Acknowledgement,
  answered,
  type AwayCount,
  type HealthSample,
  longestAbove,
  longestPause,
  ratePerSecond,
  slowestWindow,
  type Span,
} from './figures.ts';

const limits = {
  leastPerSecond: 200,
  longestStallSeconds: 30,
  longestUnknownSeconds: 15,
  /** Four a second are begun; a busy machine leaves some out. */
  leastLooksPerSecond: 3,
  /** Two watches may tell of the same moment one after the other. */
  aboveBudgetSeconds: 1,
  mostDrained: 1,
} as const;

/** Writes are slow, and do not pause: a time with a longer pause is judged by the length of that. */
const steady = { seconds: 10, longestPause: 1 } as const;
/** With one pause of the allowed length in it, a minute still has the rest of its documents. */
const minute = { seconds: 60, longestPause: limits.longestStallSeconds } as const;
const leastInMinute = limits.leastPerSecond * (1 - limits.longestStallSeconds / minute.seconds);

/** What must be seen on the way, because it is what the journey is about: a watch that sees none has failed itself. */
export type Sight = 'restart' | 'drain';

/** What writer and watches saw. */
export interface Sightings {
  readonly span: Span;
  readonly acknowledgements: readonly Acknowledgement[];
  /** Bulks that failed, and why the last of them did. */
  readonly failures: number;
  readonly lastFailure: string;
  readonly health: readonly HealthSample[];
  readonly away: readonly AwayCount[];
  /** Most nodes that were being drained at once. */
  readonly mostDrained: number;
  /** Pods that serve in the end, of which the watch never heard. */
  readonly unseenPods: readonly string[];
}

export interface Expectations {
  /** Nodes that may be away at once. */
  readonly maxUnavailable: number;
  readonly sees: readonly Sight[];
}

/** What was measured, and which of the limits it broke. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}

export function judge(sightings: Sightings, expectations: Expectations): Verdict {
  const parts = [judgeWrites(sightings), judgeHealth(sightings), judgeNodes(sightings, expectations)];
  return { lines: parts.flatMap(({ lines }) => lines), failures: parts.flatMap(({ failures }) => failures) };
}

const told = (rate: number): string => (Number.isFinite(rate) ? rate.toFixed(0) : 'none');

function judgeWrites({ acknowledgements, span, failures, lastFailure }: Sightings): Verdict {
  const rate = ratePerSecond(acknowledgements, span);
  const slowest = slowestWindow(acknowledgements, span, steady);
  const slowestMinute = slowestWindow(acknowledgements, span, minute);
  const stall = longestPause(acknowledgements, span);
  const again = `${failures} bulks tried again${lastFailure === '' ? '' : ` (last: ${lastFailure.slice(0, 120)})`}`;
  return {
    lines: [
      `${secondsOf(span).toFixed(0)} s: ${rate.toFixed(0)} documents a second (slowest ${steady.seconds} s without a pause ${told(slowest)}, slowest minute ${told(slowestMinute)}), longest stall ${stall.seconds.toFixed(1)} s (after ${stall.since.toFixed(0)} s), ${again}`,
    ],
    failures: [
      ...(rate < limits.leastPerSecond ? [`${rate.toFixed(0)} documents a second`] : []),
      ...(slowest < limits.leastPerSecond
        ? [`${told(slowest)} documents a second for ${steady.seconds} s without a pause`]
        : []),
      ...(slowestMinute < leastInMinute ? [`${told(slowestMinute)} documents a second for a minute`] : []),
      ...(stall.seconds > limits.longestStallSeconds
        ? [`writes stalled for ${stall.seconds.toFixed(1)} s after ${stall.since.toFixed(0)} s`]
        : []),
    ],
  };
}

function judgeHealth({ health, span }: Sightings): Verdict {
  const red = health.filter(({ status }) => status === 'red').length;
  const unknown = health.filter(({ status }) => status === undefined).length;
  const silence = longestPause(answered(health), span);
  const looks = health.length / secondsOf(span);
  return {
    lines: [
      `${health.length} looks at the health (${looks.toFixed(1)} a second): ${red} red, ${unknown} unknown, longest unknown ${silence.seconds.toFixed(1)} s (after ${silence.since.toFixed(0)} s)`,
    ],
    failures: [
      ...(red > 0 ? [`${red} looks saw red`] : []),
      ...(silence.seconds > limits.longestUnknownSeconds
        ? [`the health was unknown for ${silence.seconds.toFixed(1)} s after ${silence.since.toFixed(0)} s`]
        : []),
      ...(looks < limits.leastLooksPerSecond ? [`only ${looks.toFixed(1)} looks a second at the health`] : []),
    ],
  };
}

function judgeNodes(
  { away, mostDrained, unseenPods, span }: Sightings,
  { maxUnavailable, sees }: Expectations,
): Verdict {
  const mostAway = Math.max(0, ...away.map((count) => count.away));
  const above = longestAbove(away, maxUnavailable, span.end);
  return {
    lines: [
      `most nodes away at once: ${mostAway} of ${maxUnavailable} allowed; most drained at once: ${mostDrained} of ${limits.mostDrained} allowed`,
    ],
    failures: [
      ...(above > limits.aboveBudgetSeconds
        ? [`${mostAway} nodes were away at once, more than allowed for ${above.toFixed(1)} s`]
        : []),
      ...(mostDrained > limits.mostDrained ? [`${mostDrained} nodes were drained at once`] : []),
      ...(sees.includes('restart') && mostAway === 0 ? ['no node was seen away, though some were restarted'] : []),
      ...(sees.includes('drain') && mostDrained === 0 ? ['no drain was seen'] : []),
      ...unseenPods.map((pod) => `the watch of pods has not seen ${pod}`),
    ],
  };
}

const secondsOf = ({ begin, end }: Span): number => (end - begin) / 1000;
