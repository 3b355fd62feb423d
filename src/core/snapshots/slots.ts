// Times by the calendar: a cron expression on the clocks of a time zone. A time that the clocks skip comes right after the skip, one that comes twice counts once.
import { Cron } from 'croner';

export interface Slots {
  /** The first after a moment. */
  readonly next: (after: Date) => Date;
  /** The last that is not after a moment; undefined when the calendar has none. */
  readonly last: (moment: Date) => Date | undefined;
}

export type SlotsVerdict =
  | { readonly possible: true; readonly slots: Slots }
  | {
      readonly possible: false;
      readonly reason: 'UnknownTimeZone' | 'ImpossibleSchedule';
      readonly message: string;
    };

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** For how many milliseconds the clocks of a zone are ahead of UTC at a moment. */
type Ahead = (moment: number) => number;

/** What clocks show, as if they were those of UTC: the calendar is read there, where no time is skipped or comes twice. */
interface Calendar {
  readonly after: (shown: number) => number | undefined;
  readonly before: (shown: number) => number | undefined;
}

export function slotsOf(schedule: string, timeZone: string): SlotsVerdict {
  const ahead = clocksOf(timeZone);
  if (ahead === undefined) {
    const message = `There is no time zone ${timeZone}. Use a name of the IANA database, such as Europe/Berlin.`;
    return { possible: false, reason: 'UnknownTimeZone', message };
  }
  const calendar = calendarOf(schedule);
  if (typeof calendar === 'string') return { possible: false, reason: 'ImpossibleSchedule', message: calendar };
  return { possible: true, slots: { next: nextOf(calendar, ahead), last: lastOf(calendar, ahead) } };
}

/** Intl names a zone's distance from UTC as `GMT`, `GMT+10:30`, or with seconds where clocks once followed the sun. */
const offsetPattern = /^GMT([+-])(\d+):(\d+)(?::(\d+))?$/;

function clocksOf(timeZone: string): Ahead | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    return (moment) => {
      const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign, hours = 0, minutes = 0, seconds = 0] = offsetPattern.exec(name) ?? [];
      const distance = (Number(hours) * 60 + Number(minutes)) * minute + Number(seconds) * second;
      return sign === '-' ? -distance : distance;
    };
  } catch {
    return undefined;
  }
}

/** Every cycle of the calendar, leap days and all, has been through between these. */
const anyTime = new Date('2000-01-01T00:00:00Z');

/** As Kubernetes reads cron: 5/10 is every ten from 5 on, and one of the two days is enough. Else why it cannot be read. */
function calendarOf(schedule: string): Calendar | string {
  try {
    const cron = new Cron(schedule, { utcOffset: 0, mode: '5-part', sloppyRanges: true, paused: true });
    if (cron.nextRun(anyTime) === null) return `The schedule ${schedule} never comes: no month has such a day.`;
    return {
      after: (shown) => cron.nextRun(new Date(shown))?.getTime(),
      before: (shown) => cron.previousRuns(1, new Date(shown))[0]?.getTime(),
    };
  } catch (error) {
    return `The schedule ${schedule} cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** The first moment at which clocks show this time or a later one. */
function momentOf(shown: number, ahead: Ahead): number {
  // Clocks are never a day ahead, so this is before that moment.
  const earlier = ahead(shown - day);
  const first = shown - earlier;
  if (ahead(first) === earlier) return first;
  const second = shown - ahead(first);
  return second + ahead(second) === shown ? second : endOfSkip(second, first, earlier, ahead);
}

/** Clocks were changed between the two moments, past the time that was looked for. */
function endOfSkip(before: number, after: number, earlier: number, ahead: Ahead): number {
  let [low, high] = [before, after];
  while (high - low > second) {
    const middle = low + Math.floor((high - low) / 2 / second) * second;
    if (ahead(middle) === earlier) low = middle;
    else high = middle;
  }
  return high;
}

const nextOf =
  (calendar: Calendar, ahead: Ahead): Slots['next'] =>
  (after) => {
    const moment = after.getTime();
    // Where clocks were set back, times come again that have been.
    for (let shown = calendar.after(moment + ahead(moment)); shown !== undefined; shown = calendar.after(shown)) {
      const slot = momentOf(shown, ahead);
      if (slot > moment) return new Date(slot);
    }
    throw new RangeError('A calendar that comes at all comes again.');
  };

const lastOf =
  (calendar: Calendar, ahead: Ahead): Slots['last'] =>
  (moment) => {
    const end = moment.getTime();
    // Where clocks were set back a short time ago, they have shown later times than now.
    const latest = end + Math.max(ahead(end), ahead(end - day));
    for (let shown = calendar.before(latest + 1); shown !== undefined; shown = calendar.before(shown)) {
      const slot = momentOf(shown, ahead);
      if (slot <= end) return new Date(slot);
    }
    return undefined;
  };
