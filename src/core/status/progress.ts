// Which steps of a change have ended between two statuses, and how long they took: for metrics.
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';

export interface EndedStep {
  readonly step: string;
  readonly seconds: number;
}

type Progress = Pick<NonNullable<LoggingStackStatus['elasticsearch']>, 'progress'>;

/** A status as far as it tells of steps. */
const progressIn = (status: object): Progress | undefined =>
  (status as { readonly elasticsearch?: Progress }).elasticsearch;

/** Steps that stood in the status and no longer do. A status that says nothing of Elasticsearch ends none of its steps. */
export function endedSteps(live: object, wanted: object, now: Date): readonly EndedStep[] {
  const told = progressIn(wanted);
  if (told === undefined) return [];
  return (progressIn(live)?.progress ?? [])
    .filter((one) => told.progress?.some(({ step, subject }) => step === one.step && subject === one.subject) !== true)
    .map(({ step, since }) => ({ step, seconds: Math.max(0, (now.getTime() - Date.parse(since)) / 1000) }));
}
