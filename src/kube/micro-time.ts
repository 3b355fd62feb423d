// The MicroTime format of Leases and Events: the API server refuses a time of day with milliseconds only.

/** RFC 3339 with exactly six digits of fraction, in UTC. */
export function microTime(date: Date): string {
  return date.toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
