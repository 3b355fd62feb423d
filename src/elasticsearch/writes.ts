// Carries out what the planner asks of Elasticsearch. Each write is safe to repeat.
import { z } from 'zod';
import type {
  AddVotingExclusions,
  ElasticsearchAction,
  SetAllocationEnable,
  SetExclusions,
  SetReplicas,
  SetTierPreference,
  UpdateStreams,
} from '../core/elasticsearch/actions.ts';
import type { EsClient } from './client.ts';
import { isEsFault } from './faults.ts';
import { masterTimeout, nodesTimeout } from './requests.ts';
import { drainsSetting, enableSetting, exclusionSetting, restartSetting } from './settings.ts';

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
    case 'setExclusions':
      await setExclusions(client, action, signal);
      return;
    case 'setAllocationEnable':
      await setAllocationEnable(client, action, signal);
      return;
    case 'addVotingExclusions':
      await addVotingExclusions(client, action, signal);
      return;
    case 'clearVotingExclusions':
      await clearVotingExclusions(client, signal);
      return;
    case 'setReplicas':
      await setReplicas(client, action, signal);
      return;
    case 'setTierPreference':
      await setTierPreference(client, action, signal);
      return;
  }
}

/** A lifecycle with anything else in it, such as downsampling, is somebody's own: the whole of it would be replaced. */
const lifecycle = z.strictObject({ enabled: z.boolean().optional(), data_retention: z.string().optional() });
const streamsAnswer = z.object({
  data_streams: z.array(z.object({ name: z.string(), lifecycle: z.unknown().optional() })),
});

/** A pattern that matches no stream yet is no error. */
async function updateStreams(
  client: EsClient,
  { pattern, from, retention }: UpdateStreams,
  signal: AbortSignal,
): Promise<void> {
  const request = { method: 'GET', path: `/_data_stream/${pattern}` } as const;
  const { data_streams: streams } = await client.read(request, streamsAnswer, signal);
  const following = streams.filter((stream) => follows(stream.lifecycle, from)).map(({ name }) => name);
  for (const names of lists(following))
    await client.write(
      { method: 'PUT', path: `/_data_stream/${names}/_lifecycle`, body: { data_retention: retention } },
      acknowledged,
      signal,
    );
}

function follows(live: unknown, from: readonly (string | undefined)[]): boolean {
  const { success, data } = lifecycle.safeParse(live ?? {});
  return success && data.enabled !== false && from.includes(data.data_retention);
}

/** Both at once: the operator may die at any moment, and whoever looks next must know whose names these are. Null unsets. */
const setExclusions = (client: EsClient, { names, marked }: SetExclusions, signal: AbortSignal): Promise<void> =>
  setSettings(client, { [exclusionSetting]: textOrNull(names), [drainsSetting]: textOrNull(marked) }, signal);

/** Both at once, for the same reason. */
const setAllocationEnable = (
  client: EsClient,
  { enable, restart }: SetAllocationEnable,
  signal: AbortSignal,
): Promise<void> =>
  setSettings(
    client,
    {
      ...(enable === undefined ? {} : { [enableSetting]: enable.value ?? null }),
      [restartSetting]: restart ?? null,
    },
    signal,
  );

/**
 * After an upgrade to another major, settings that the new version does not know are kept as `archived.*`: they have no
 * effect, and Elasticsearch refuses every change of its settings until they are removed. Without that the operator could
 * neither drain nor restart a node any more. 8.19 leaves one of its own, `logsdb.prior_logs_usage`, which a distribution
 * without that module archives.
 */
const withoutArchived = { 'archived.*': null } as const;

async function setSettings(
  client: EsClient,
  persistent: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<void> {
  const query = { master_timeout: masterTimeout, timeout: nodesTimeout };
  const request = {
    method: 'PUT',
    path: '/_cluster/settings',
    query,
    body: { persistent: { ...withoutArchived, ...persistent } },
  } as const;
  await client.write(request, acknowledged, signal);
}

const textOrNull = (names: readonly string[]): string | null => (names.length === 0 ? null : names.join());

/** The answer has no body: its status is all that it says, and every other status is a fault. */
const statusAlone = z.unknown();

const votingExclusions = '/_cluster/voting_config_exclusions';

/** Answered when the nodes are out of the voting configuration. Whoever acts on that looks at the configuration itself. */
async function addVotingExclusions(
  client: EsClient,
  { nodes, by }: AddVotingExclusions,
  signal: AbortSignal,
): Promise<void> {
  const named = by === 'id' ? { node_ids: nodes.join() } : { node_names: nodes.join() };
  const query = { ...named, master_timeout: masterTimeout, timeout: nodesTimeout };
  await client.write({ method: 'POST', path: votingExclusions, query }, statusAlone, signal);
}

async function clearVotingExclusions(client: EsClient, signal: AbortSignal): Promise<void> {
  const query = { wait_for_removal: false, master_timeout: masterTimeout };
  await client.write({ method: 'DELETE', path: votingExclusions, query }, statusAlone, signal);
}

const setReplicas = (client: EsClient, { indices, replicas }: SetReplicas, signal: AbortSignal): Promise<void> =>
  setIndices(client, indices, { 'index.number_of_replicas': replicas }, signal);

const setTierPreference = (
  client: EsClient,
  { indices, tiers }: SetTierPreference,
  signal: AbortSignal,
): Promise<void> =>
  setIndices(client, indices, { 'index.routing.allocation.include._tier_preference': tiers.join() }, signal);

/** An index that vanished since the look is no error: it is skipped, and the others are set. */
async function setIndices(
  client: EsClient,
  indices: readonly string[],
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const query = {
    ignore_unavailable: true,
    allow_no_indices: true,
    master_timeout: masterTimeout,
    timeout: nodesTimeout,
  };
  for (const names of lists(indices)) {
    try {
      await client.write({ method: 'PUT', path: `/${names}/_settings`, query, body }, acknowledged, signal);
    } catch (error) {
      // None of them is left. What else it might mean shows in the next look.
      if (!isEsFault(error, 'EsNotFound')) throw error;
    }
  }
}

/** Elasticsearch reads a request's first line up to 4 kB (`http.max_initial_line_length`): path, query and method. */
const longestList = 3000;

/** Names joined by commas, in as few lists as their length allows. An empty list would mean every index: there is none. */
export function lists(names: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const name of names.map(encodeURIComponent)) {
    const last = joined.at(-1);
    if (last === undefined || last.length + 1 + name.length > longestList) joined.push(name);
    else joined[joined.length - 1] = `${last},${name}`;
  }
  return joined;
}
