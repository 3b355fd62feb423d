// Times as they stand in a status.

/** RFC 3339, without the fraction of a second, as Kubernetes writes its own. */
export const secondsOf = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
