// Lengths of time as the resources of snapshots write them.

const second = 1000;
const lengths = { m: 60 * second, h: 3600 * second, d: 86_400 * second } as const;

/** Milliseconds of a length of time that the schema allows, such as `90m`, `6h` or `14d`. */
export function millisecondsIn(text: string): number {
  const unit = text.slice(-1) as keyof typeof lengths;
  return Number(text.slice(0, -1)) * lengths[unit];
}

/** A length of time that is neither shorter nor longer than these. */
export const within = (shortest: number, length: number, longest: number): number =>
  Math.min(Math.max(length, shortest), longest);

export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / second;

export const secondsAfter = (moment: Date, seconds: number): Date => new Date(moment.getTime() + seconds * second);
