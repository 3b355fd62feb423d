// One look at a stack's Elasticsearch: four requests at rest, a few more once for each cluster and version.
import { z } from 'zod';
import type {
  ClusterHealth,
  ClusterLook,
  ClusterNode,
  IndexTemplateState,
  VotingState,
} from '../core/elasticsearch/observed.ts';
import type { EsClient } from './client.ts';
import type { StackConnection } from './clients.ts';
import { EsFault, isEsFault } from './faults.ts';
import { capabilitiesOf } from './capabilities.ts';
import { masterTimeout } from './requests.ts';
import { readSettings } from './settings.ts';

/** Takes a look. Anything but a whole answer is an unanswered look; only the end of the signal throws. */
export async function takeLook(
  connection: StackConnection,
  templateName: string,
  signal: AbortSignal,
): Promise<ClusterLook> {
  const { client } = connection;
  try {
    const { uuid, nodes, voting } = await readNodes(client, signal);
    const health = await readHealth(client, signal);
    const settings = await readSettings(client, signal);
    const indexTemplate = await readIndexTemplate(client, templateName, signal);
    const capabilities = await capabilitiesOf(connection, uuid, nodes, signal);
    return {
      answered: true,
      uuid,
      nodes,
      health,
      indexTemplate,
      capabilities,
      settings,
      voting,
      detail: undefined,
    };
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return { answered: false, code: error.code, message: error.message };
  }
}

const stateAnswer = z.object({
  cluster_uuid: z.string().max(64),
  nodes: z.record(
    z.string(),
    z.object({ name: z.string().max(253), version: z.string().max(32), roles: z.array(z.string().max(64)).max(32) }),
  ),
  metadata: z.object({
    cluster_coordination: z.object({
      last_committed_config: z.array(z.string().max(128)),
      voting_config_exclusions: z.array(z.object({ node_id: z.string().max(128), node_name: z.string().max(253) })),
    }),
  }),
});

type StateAnswer = z.infer<typeof stateAnswer>;

/**
 * The metadata of the cluster without that of its indices, whose mappings are large: a name that no index has leaves
 * them out before they are serialized.
 */
const statePath = '/_cluster/state/nodes,metadata/no-index-wanted';

interface Members {
  readonly uuid: string;
  readonly nodes: readonly ClusterNode[];
  readonly voting: VotingState;
}

/** Members, voters, and which cluster it is, in one request: several would speak of different moments. */
async function readNodes(client: EsClient, signal: AbortSignal): Promise<Members> {
  const query = {
    filter_path: 'cluster_uuid,nodes.*.name,nodes.*.version,nodes.*.roles,metadata.cluster_coordination',
    ignore_unavailable: true,
    allow_no_indices: true,
    master_timeout: masterTimeout,
  };
  const answer = await client.read({ method: 'GET', path: statePath, query }, stateAnswer, signal);
  if (answer.cluster_uuid === '_na_')
    throw new EsFault('EsNoMaster', `GET ${statePath}: the nodes have not formed a cluster yet.`);
  return { uuid: answer.cluster_uuid, nodes: Object.values(answer.nodes), voting: votingOf(answer) };
}

/** Elasticsearch's word for a part of an exclusion that it does not know: a node that was not there when it was named. */
const absent = '_absent_';

/** Names instead of ids. A voter that is no member (any more) keeps its id, so that it still counts as one that is not there. */
function votingOf({ nodes, metadata: { cluster_coordination: coordination } }: StateAnswer): VotingState {
  return {
    configuration: coordination.last_committed_config.map((id) => nodes[id]?.name ?? id),
    excluded: coordination.voting_config_exclusions.map(({ node_id, node_name }) =>
      node_name === absent ? node_id : node_name,
    ),
  };
}

const count = z.int().min(0);
const healthAnswer = z.object({
  status: z.enum(['green', 'yellow', 'red']),
  timed_out: z.boolean(),
  initializing_shards: count,
  relocating_shards: count,
  unassigned_shards: count,
  number_of_pending_tasks: count,
  number_of_in_flight_fetch: count,
});

/**
 * Waits for nothing: a master that has work to do would hold an answer back for as long as it takes. That it has work is
 * part of the answer.
 */
async function readHealth(client: EsClient, signal: AbortSignal): Promise<ClusterHealth> {
  const query = { timeout: '0s', master_timeout: masterTimeout };
  const request = { method: 'GET', path: '/_cluster/health', query, alsoAnswers: [408] } as const;
  const answer = await client.read(request, healthAnswer, signal);
  return {
    status: answer.status,
    // While nodes are asked which copies they have, a shard without a place may be about to get one.
    settled: !answer.timed_out && answer.number_of_pending_tasks === 0 && answer.number_of_in_flight_fetch === 0,
    initializing: answer.initializing_shards,
    relocating: answer.relocating_shards,
    unassigned: answer.unassigned_shards,
  };
}

const templatesAnswer = z.object({
  index_templates: z.array(z.object({ name: z.string(), index_template: z.record(z.string(), z.unknown()) })).max(1),
});

async function readIndexTemplate(
  client: EsClient,
  name: string,
  signal: AbortSignal,
): Promise<IndexTemplateState | undefined> {
  const path = `/_index_template/${encodeURIComponent(name)}`;
  try {
    const answer = await client.read({ method: 'GET', path, query: { flat_settings: true } }, templatesAnswer, signal);
    return answer.index_templates[0]?.index_template;
  } catch (error) {
    if (isEsFault(error, 'EsNotFound')) return undefined;
    throw error;
  }
}

/** Whether an index template of this name stands. Throws EsFault. */
export async function indexTemplateExists(client: EsClient, name: string, signal: AbortSignal): Promise<boolean> {
  return (await readIndexTemplate(client, name, signal)) !== undefined;
}
