// Waiting until an API server serves our kinds.
import { untilReady } from '../cluster/process.ts';

const kinds = ['crd/loggingstacks.loggingstack.dev', 'crd/stackplans.loggingstack.dev'];

/**
 * Returns when each of our CustomResourceDefinitions is established. `kubectl wait` fails at once for one that
 * has no status yet, which a busy API server shows for a moment, so it is asked again.
 */
export async function untilKindsServed(
  kubectl: (args: readonly string[]) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await untilReady({ what: 'serving our kinds', timeoutMilliseconds: 120_000, signal }, async () => {
    await kubectl(['wait', '--for=condition=Established', ...kinds, '--timeout=60s']);
    return true;
  });
}
