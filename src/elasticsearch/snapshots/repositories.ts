// Repositories as Elasticsearch has them registered: which there is by a name, what its nodes can read and write, and the writes that the planner of StackRepositories asks for.
import { z } from 'zod';
import type { RepositoryAction } from '../../core/snapshots/repository-actions.ts';
import type { RegisteredRepository } from '../../core/snapshots/observed.ts';
import type { EsClient } from '../client.ts';
import { isEsFault } from '../faults.ts';
import { masterTimeout, nodesTimeout } from '../requests.ts';

/** Every node writes to the store and reads from it, wherever that is. */
const verificationMs = 60_000;

const text = z.string().max(4096);

/** Settings are texts; those of others may be lists or groups, which no StackRepository has. */
const repositoryAnswer = z.record(z.string(), z.object({ type: text.min(1), settings: z.record(text, z.unknown()) }));

const pathOf = (name: string): string => `/_snapshot/${encodeURIComponent(name)}`;

/** Elasticsearch's word for a name that nothing is registered by. Any other 404 is none. */
const isMissing = (error: unknown): boolean =>
  isEsFault(error, 'EsNotFound') && error.type === 'repository_missing_exception';

/** Undefined only when Elasticsearch says that there is none. Throws EsFault. */
export async function registeredRepository(
  client: EsClient,
  name: string,
  signal: AbortSignal,
): Promise<RegisteredRepository | undefined> {
  const answer = repositoryAnswer.refine((found) => Object.keys(found).join() === name, { path: [name] });
  const request = { method: 'GET', path: pathOf(name), query: { master_timeout: masterTimeout } } as const;
  try {
    const { [name]: found } = await client.read(request, answer, signal);
    if (found === undefined) return undefined;
    const texts = Object.entries(found.settings).filter((entry): entry is [string, string] => isText(entry[1]));
    return { type: found.type, settings: Object.fromEntries(texts) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

const named = z.array(z.object({ name: text })).optional();

/** Of all nodes: where one has not answered, nobody knows what all have. */
const modulesAnswer = z.object({
  _nodes: z.object({ failed: z.literal(0) }),
  nodes: z
    .record(z.string(), z.object({ modules: named, plugins: named }))
    .refine((nodes) => Object.keys(nodes).length > 0),
});

/** Modules and plugins that every node has. Throws EsFault. */
export async function modulesOfNodes(client: EsClient, signal: AbortSignal): Promise<readonly string[]> {
  const query = { timeout: nodesTimeout, filter_path: '_nodes.failed,nodes.*.modules.name,nodes.*.plugins.name' };
  const answer = await client.read({ method: 'GET', path: '/_nodes/plugins', query }, modulesAnswer, signal);
  const sets = Object.values(answer.nodes).map(
    ({ modules = [], plugins = [] }) => new Set([...modules, ...plugins].map(({ name }) => name)),
  );
  const common = sets.reduce((all, one) => all.intersection(one));
  return [...common].toSorted();
}

const acknowledged = z.object({ acknowledged: z.literal(true) });

/** Nodes that wrote and read. */
const verifiedAnswer = z.object({
  nodes: z
    .record(z.string(), z.object({ name: text }))
    .refine((nodes) => Object.keys(nodes).length > 0, { message: 'no node' }),
});

/**
 * Throws EsFault, with Elasticsearch's own words where it has some: no request holds anything secret. Each is safe to
 * repeat.
 */
export async function carryOutOnRepository(
  client: EsClient,
  action: RepositoryAction,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf(action.name);
  const timeouts = { master_timeout: masterTimeout, timeout: nodesTimeout };
  switch (action.kind) {
    case 'registerRepository': {
      // It is verified by itself: so a store that does not answer leaves no doubt whether it is registered.
      const query = { verify: false, ...timeouts };
      const body = { ...action.registration };
      await client.write({ method: 'PUT', path, query, body, tellsReason: true }, acknowledged, signal);
      return;
    }
    case 'verifyRepository': {
      const query = { master_timeout: masterTimeout };
      const request = { method: 'POST', path: `${path}/_verify`, query, answerMs: verificationMs } as const;
      await client.write({ ...request, tellsReason: true }, verifiedAnswer, signal);
      return;
    }
    case 'unregisterRepository':
      await client
        .write({ method: 'DELETE', path, query: timeouts, tellsReason: true }, acknowledged, signal)
        .catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      return;
  }
}
