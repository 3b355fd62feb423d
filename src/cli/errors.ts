// What the command says when something went wrong: the words of the fault, and for what newcomers meet what helps.
import { isFault } from '../kube/errors.ts';

export function errorText(error: unknown): string {
  // An API server that does not know a kind answers in plain text. What is not there of a known kind has a reason.
  if (isFault(error, 'NotFound') && error.status === 404 && error.reason === undefined)
    return `this cluster does not know what was asked for (${error.message}): is the operator installed, and its CustomResourceDefinitions as new as this command?`;
  return error instanceof Error ? error.message : String(error);
}
