// What Elasticsearch itself says will no longer work in its next major version. Asked for only before an upgrade to one.
import { z } from 'zod';
import type { Deprecation } from '../../core/elasticsearch/observed.ts';
import { supportsApi } from '../capabilities.ts';
import type { EsClient } from '../client.ts';
import { isEsFault } from '../faults.ts';
import { detailBytes } from './size.ts';

const issue = z.object({
  level: z.string().max(32),
  message: z.string().max(10_000),
  resolve_during_rolling_upgrade: z.boolean().nullish(),
});

/** Lists by subject: of the cluster, its nodes and plugins; or by the name of what they are about. */
const deprecationsAnswer = z
  .object({
    cluster_settings: z.array(issue),
    node_settings: z.array(issue),
    index_settings: z.record(z.string(), z.array(issue)),
  })
  .catchall(z.union([z.array(issue), z.record(z.string(), z.array(issue))]));

const path = '/_migration/deprecations';

/** Critical ones, less those that a rolling upgrade itself mends. Throws EsFault. */
export async function readDeprecations(client: EsClient, signal: AbortSignal): Promise<readonly Deprecation[]> {
  try {
    const answer = await client.read({ method: 'GET', path, answerBytes: detailBytes }, deprecationsAnswer, signal);
    return Object.entries(answer).flatMap(([about, found]) =>
      Array.isArray(found)
        ? criticalOf(found, undefined)
        : Object.entries(found).flatMap(([name, issues]) =>
            criticalOf(issues, about === 'index_settings' ? name : undefined),
          ),
    );
  } catch (error) {
    if (!isEsFault(error, 'EsMissingApi')) throw error;
    // A distribution without the API has nothing to say. But the refusal alone could be that of something between us and it.
    if ((await supportsApi(client, 'GET', path, signal)) !== false) throw error;
    return [];
  }
}

/** Longer messages are cut: they end up in the status. */
const longestMessage = 300;

const criticalOf = (issues: readonly z.infer<typeof issue>[], index: string | undefined): readonly Deprecation[] =>
  issues
    .filter(({ level, resolve_during_rolling_upgrade: mends }) => level === 'critical' && mends !== true)
    .map(({ message }) => ({ index, message: message.slice(0, longestMessage) }));
