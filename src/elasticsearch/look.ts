// One look at a stack's Elasticsearch: three requests at rest, a few more once for each cluster and version.
import { z } from 'zod';
import type {
  Capabilities,
  ClusterHealth,
  ClusterLook,
  ClusterNode,
  IndexTemplateState,
} from '../core/elasticsearch/observed.ts';
import type { EsClient } from './client.ts';
import type { StackConnection } from './clients.ts';
import { EsFault, isEsFault } from './faults.ts';

/** How long Elasticsearch may look for a master before it answers that there is none. */
const masterTimeout = '3s';

/** Takes a look. Anything but a whole answer is an unanswered look; only the end of the signal throws. */
export async function takeLook(
  connection: StackConnection,
  templateName: string,
  signal: AbortSignal,
): Promise<ClusterLook> {
  const { client } = connection;
  try {
    const { uuid, nodes } = await readNodes(client, signal);
    const health = await readHealth(client, signal);
    const indexTemplate = await readIndexTemplate(client, templateName, signal);
    const capabilities = await capabilitiesOf(connection, uuid, nodes, signal);
    return { answered: true, uuid, nodes, health, indexTemplate, capabilities };
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
});

/** Members, and which cluster it is, in one request: `GET /` and `_nodes` would be two, and could speak of different moments. */
async function readNodes(
  client: EsClient,
  signal: AbortSignal,
): Promise<{ readonly uuid: string; readonly nodes: readonly ClusterNode[] }> {
  const query = {
    filter_path: 'cluster_uuid,nodes.*.name,nodes.*.version,nodes.*.roles',
    master_timeout: masterTimeout,
  };
  const answer = await client.read({ method: 'GET', path: '/_cluster/state/nodes', query }, stateAnswer, signal);
  if (answer.cluster_uuid === '_na_')
    throw new EsFault('EsNoMaster', 'GET /_cluster/state/nodes: the nodes have not formed a cluster yet.');
  return { uuid: answer.cluster_uuid, nodes: Object.values(answer.nodes) };
}

const count = z.int().min(0);
const healthAnswer = z.object({
  status: z.enum(['green', 'yellow', 'red']),
  timed_out: z.boolean(),
  initializing_shards: count,
  relocating_shards: count,
  unassigned_shards: count,
  number_of_pending_tasks: count,
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
    settled: !answer.timed_out && answer.number_of_pending_tasks === 0,
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

/** The full distribution installs its component templates some moments after a cluster has formed: so many looks wait for them. */
const looksForTemplates = 30;

/** Remembered until the cluster or the version of a node changes. */
async function capabilitiesOf(
  { client, remembered }: StackConnection,
  uuid: string,
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
): Promise<Capabilities> {
  const versions = [...new Set(nodes.map((node) => node.version))].toSorted();
  const key = `${uuid}/${versions.join()}`;
  const known = remembered.get(key) ?? { looks: 0, capabilities: undefined };
  if (known.capabilities !== undefined) return known.capabilities;
  const modules = await modulesOfEveryNode(client, signal);
  const capabilities: Capabilities = {
    streamLifecycle: await hasApi(client, 'PUT', '/_data_stream/{name}/_lifecycle', signal),
    componentTemplates: await existingComponentTemplates(client, signal),
    matchOnlyText: modules.has('mapper-extras'),
  };
  const mayAppear = modules.has('x-pack-stack') && capabilities.componentTemplates.length < componentTemplates.length;
  const looks = known.looks + 1;
  remembered.set(key, { looks, capabilities: mayAppear && looks < looksForTemplates ? undefined : capabilities });
  return capabilities;
}

/** `GET _capabilities` answers for paths of two parts and more whether this distribution serves them. It writes nothing. */
async function hasApi(client: EsClient, method: string, path: string, signal: AbortSignal): Promise<boolean> {
  const answer = z.object({ supported: z.boolean().nullable() });
  const request = { method: 'GET', path: '/_capabilities', query: { method, path } } as const;
  return (await client.read(request, answer, signal)).supported === true;
}

const componentsAnswer = z.object({ component_templates: z.array(z.object({ name: z.string() })).optional() });

/** Elasticsearch's own component templates for logs. */
const componentTemplates = ['logs@mappings', 'ecs@mappings'] as const;

/** Those of them that are there. */
async function existingComponentTemplates(client: EsClient, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of componentTemplates) {
    const path = `/_component_template/${encodeURIComponent(name)}`;
    try {
      await client.read(
        { method: 'GET', path, query: { filter_path: 'component_templates.name' } },
        componentsAnswer,
        signal,
      );
      found.push(name);
    } catch (error) {
      if (!isEsFault(error, 'EsNotFound', 'EsMissingApi')) throw error;
    }
  }
  return found;
}

const modulesAnswer = z.object({
  nodes: z.record(z.string(), z.object({ modules: z.array(z.object({ name: z.string() })).optional() })),
});

async function modulesOfEveryNode(client: EsClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const request = { method: 'GET', path: '/_nodes/plugins', query: { filter_path: 'nodes.*.modules.name' } } as const;
  const nodes = Object.values((await client.read(request, modulesAnswer, signal)).nodes);
  const sets = nodes.map((node) => new Set(node.modules?.map((one) => one.name)));
  return sets.reduce((common, one) => common.intersection(one), sets[0] ?? new Set());
}
