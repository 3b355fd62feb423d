// One-time actions that annotations ask for: which are to be done, and how they are recorded so that none is done twice.
import type { LoggingStackStatus } from '../api/logging-stack-status.ts';
import { annotations } from './names.ts';
import { hashOf } from './objects.ts';

export interface Request {
  /** A forced roll: any text. A replacement: the name of a pod. */
  readonly value: string;
  readonly done: boolean;
  /** What was there to be replaced when the replacement was first recorded: until it is, nothing goes. */
  readonly target?: string;
}

export interface Requests {
  /**
   * Pods carry its value in their template, so it stays when the annotation is taken away: its absence would be another
   * roll.
   */
  readonly roll: Request | undefined;
  readonly replaceNode: Request | undefined;
}

/** What stands in `status.requests`. */
export type RequestRecord = NonNullable<LoggingStackStatus['requests']>[number];

/** Nobody asked for anything. */
export const noRequests: Requests = { roll: undefined, replaceNode: undefined };

/** The schema of the status takes no longer text. */
const longestValue = 128;

/** Reads what a stack's annotations ask for, and whether it is done already. */
export function requestsOf(
  given: Readonly<Record<string, string>> | undefined,
  recorded: readonly RequestRecord[] | undefined,
): Requests {
  const record = (name: RequestRecord['name']) => recorded?.find((one) => one.name === name);
  const asked = (annotation: string): string | undefined => {
    const value = given?.[annotation];
    return value === undefined || value === '' ? undefined : recordable(value);
  };
  const request = (value: string | undefined, found: RequestRecord | undefined): Request | undefined =>
    value === undefined ? undefined : { value, ...recordedOf(found?.value === value ? found : undefined) };
  const rolled = record('Roll');
  return {
    roll: request(asked(annotations.roll) ?? rolled?.value, rolled),
    replaceNode: request(asked(annotations.replaceNode), record('ReplaceNode')),
  };
}

const recordedOf = (found: RequestRecord | undefined): Pick<Request, 'done' | 'target'> => ({
  done: found?.state === 'Done',
  ...(found?.target === undefined ? {} : { target: found.target }),
});

/** The value as it can stand in a status. */
export const recordable = (value: string): string => (value.length <= longestValue ? value : `hash of it: ${hashOf(value)}`);

/** What is to stand in the status after a look that found some of the requests done. `now` is RFC 3339, `target` what a replacement is of. */
export function requestRecords(
  requests: Requests,
  finished: { readonly roll: boolean; readonly replaceNode: boolean },
  before: readonly RequestRecord[] | undefined,
  now: string,
  target?: string,
): readonly RequestRecord[] {
  const record = (name: RequestRecord['name'], request: Request | undefined, isFinished: boolean, of?: string) => {
    if (request === undefined) return [];
    const state = request.done || isFinished ? 'Done' : 'UnderWay';
    const stood = before?.find((one) => one.name === name && one.value === request.value && one.state === state);
    const what = of === undefined || state === 'Done' ? {} : { target: of };
    return [stood ?? ({ name, value: request.value, state, since: now, ...what } satisfies RequestRecord)];
  };
  return [
    ...record('ReplaceNode', requests.replaceNode, finished.replaceNode, target),
    ...record('Roll', requests.roll, finished.roll),
  ];
}
