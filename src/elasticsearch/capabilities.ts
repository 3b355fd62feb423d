// What a stack's Elasticsearch can do: looked up once for each cluster and version.
import { z } from 'zod';
import type { Capabilities, ClusterNode } from '../core/elasticsearch/observed.ts';
import type { EsClient } from './client.ts';
import type { StackConnection } from './clients.ts';
import { isEsFault } from './faults.ts';

/** The full distribution installs its component templates some moments after a cluster has formed: so many looks wait for them. */
const looksForTemplates = 30;

/** Remembered until the cluster or the version of a node changes. */
export async function capabilitiesOf(
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
    streamLifecycle: (await supportsApi(client, 'PUT', '/_data_stream/{name}/_lifecycle', signal)) === true,
    componentTemplates: await existingComponentTemplates(client, signal),
    matchOnlyText: modules.has('mapper-extras'),
  };
  const mayAppear = modules.has('x-pack-stack') && capabilities.componentTemplates.length < componentTemplates.length;
  const looks = known.looks + 1;
  remembered.set(key, { looks, capabilities: mayAppear && looks < looksForTemplates ? undefined : capabilities });
  return capabilities;
}

/**
 * Whether this distribution serves a path (of two parts or more). Null when the nodes do not agree, or do not say.
 * `GET _capabilities` writes nothing.
 */
export async function supportsApi(
  client: EsClient,
  method: string,
  path: string,
  signal: AbortSignal,
): Promise<boolean | null> {
  const answer = z.object({ supported: z.boolean().nullable() });
  const request = { method: 'GET', path: '/_capabilities', query: { method, path } } as const;
  return (await client.read(request, answer, signal)).supported;
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
