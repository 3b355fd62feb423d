// A new snapshot in a repository, and an end to old ones.
import { z } from 'zod';
import type { EsClient, EsRequest } from '../client.ts';
import { isEsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';
import { lists } from '../writes.ts';
import { isMissing, pathOf, repositoryMs } from './snapshots.ts';

const accepted = z.object({ accepted: z.literal(true) });

/**
 * Begins a snapshot. `exists` when there is one of this name already: whose it is, a look at it tells. Throws EsFault; after
 * EsTimeout or EsUnreachable it may have begun.
 */
export async function createSnapshot(
  client: EsClient,
  repository: string,
  name: string,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<'accepted' | 'exists'> {
  const query = { wait_for_completion: false, master_timeout: masterTimeout };
  const request: EsRequest = {
    method: 'PUT',
    path: pathOf(repository, encodeURIComponent(name)),
    query,
    body,
    answerMs: repositoryMs,
    tellsReason: true,
  };
  try {
    await client.write(request, accepted, signal);
    return 'accepted';
  } catch (error) {
    const isThere = isEsFault(error) && error.type === 'invalid_snapshot_name_exception';
    if (isThere && /already (exists|in.progress)/.test(error.reason ?? '')) return 'exists';
    throw error;
  }
}

const acknowledged = z.object({ acknowledged: z.literal(true) });

/**
 * Deletes snapshots, also one that is being taken: that ends it. Those that are gone are no error. Throws EsFault; after
 * EsTimeout they may be going.
 */
export async function deleteSnapshots(
  client: EsClient,
  repository: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const list of lists(names)) {
    // Where one of several is gone, Elasticsearch deletes none of them.
    if (await deleteOnce(client, pathOf(repository, list), signal)) continue;
    const single = list.split(',');
    for (const name of single.length > 1 ? single : []) await deleteOnce(client, pathOf(repository, name), signal);
  }
}

/** False when one of them is not there. Waits for the end, so that what keeps them from being deleted is told. */
async function deleteOnce(client: EsClient, path: string, signal: AbortSignal): Promise<boolean> {
  const query = { wait_for_completion: true, master_timeout: masterTimeout };
  try {
    await client.write(
      { method: 'DELETE', path, query, answerMs: repositoryMs, tellsReason: true },
      acknowledged,
      signal,
    );
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
