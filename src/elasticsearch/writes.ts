// Carries out what the planner asks of Elasticsearch. Each write is safe to repeat.
import { z } from 'zod';
import type { ElasticsearchAction, UpdateStreams } from '../core/elasticsearch/actions.ts';
import type { EsClient } from './client.ts';

const acknowledged = z.object({ acknowledged: z.literal(true) });

/** Throws EsFault; an answer that does not acknowledge the write is one too. */
export async function carryOut(client: EsClient, action: ElasticsearchAction, signal: AbortSignal): Promise<void> {
  switch (action.kind) {
    case 'putIndexTemplate': {
      const path = `/_index_template/${encodeURIComponent(action.name)}`;
      await client.write({ method: 'PUT', path, body: action.body }, acknowledged, signal);
      return;
    }
    case 'updateStreams':
      await updateStreams(client, action, signal);
      return;
  }
}

/** A pattern that matches no stream yet is no error. */
async function updateStreams(
  client: EsClient,
  { pattern, replicas, retention }: UpdateStreams,
  signal: AbortSignal,
): Promise<void> {
  const query = { allow_no_indices: true, ignore_unavailable: true };
  await client.write(
    { method: 'PUT', path: `/${pattern}/_settings`, query, body: { 'index.number_of_replicas': replicas } },
    acknowledged,
    signal,
  );
  if (retention === undefined) return;
  await client.write(
    { method: 'PUT', path: `/_data_stream/${pattern}/_lifecycle`, body: { data_retention: retention } },
    acknowledged,
    signal,
  );
}
