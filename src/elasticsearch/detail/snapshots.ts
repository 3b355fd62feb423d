// Which snapshots are being taken, whoever started them.
import { z } from 'zod';
import { supportsApi } from '../capabilities.ts';
import type { EsClient } from '../client.ts';
import { EsFault, isEsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';

/** `total` is always there: an answer without snapshots is one that says that there are none. */
const snapshotsAnswer = z.object({
  total: z.int().min(0),
  snapshots: z.array(z.object({ snapshot: z.string().max(1024), repository: z.string().max(1024) })).optional(),
});

const path = '/_snapshot/*/_current';

/** `<repository>/<snapshot>`. Reads no repository: the master knows what is going on. Throws EsFault. */
export async function readSnapshotsInProgress(client: EsClient, signal: AbortSignal): Promise<readonly string[]> {
  const query = {
    verbose: false,
    include_repository: true,
    master_timeout: masterTimeout,
    filter_path: 'total,snapshots.snapshot,snapshots.repository',
  };
  try {
    const answer = await client.read({ method: 'GET', path, query }, snapshotsAnswer, signal);
    const found = (answer.snapshots ?? []).map(({ repository, snapshot }) => `${repository}/${snapshot}`);
    if (found.length !== answer.total)
      throw new EsFault('EsInvalidAnswer', `GET ${path}: ${found.length} of ${answer.total} snapshots were named.`);
    return found;
  } catch (error) {
    if (!isEsFault(error, 'EsMissingApi')) throw error;
    // Without the API nobody can take any. But the refusal alone could be that of something between us and Elasticsearch.
    if ((await supportsApi(client, 'GET', '/_snapshot/{repository}/_current', signal)) !== false) throw error;
    return [];
  }
}
