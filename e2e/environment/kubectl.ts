// kubectl as the tests use it: the same program and the same words as a user types.
import { run } from '../cluster/process.ts';

export interface Kubectl {
  /** Runs kubectl and returns what it printed; throws with its output when it fails. */
  (args: readonly string[], input?: string): Promise<string>;
  /** The same with `-o json`, parsed. */
  json<T>(args: readonly string[]): Promise<T>;
  readonly kubeconfig: string;
  /** The same cluster as another user. */
  as(kubeconfig: string): Kubectl;
}

export function kubectlFor(program: string, kubeconfig: string, signal: AbortSignal): Kubectl {
  const call = (args: readonly string[], input?: string): Promise<string> =>
    run([program, '--kubeconfig', kubeconfig, ...args], { signal, ...(input === undefined ? {} : { input }) });
  return Object.assign(call, {
    json: async <T>(args: readonly string[]): Promise<T> => JSON.parse(await call([...args, '-o', 'json'])) as T,
    kubeconfig,
    as: (other: string) => kubectlFor(program, other, signal),
  });
}
