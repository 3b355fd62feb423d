// What the operator set for a change must be gone when the change is done: in Elasticsearch, and claims of nodes that left.
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';
import type { Site } from '../environment/site.ts';
import type { Place } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';

interface Where {
  readonly site: Site;
  readonly place: Place;
  readonly admin: ElasticsearchUser;
}

/** Persistent cluster settings, flat. */
export async function persistentSettings(admin: ElasticsearchUser): Promise<Readonly<Record<string, string>>> {
  const { body } = await admin.ask('GET', '/_cluster/settings?flat_settings=true');
  return (body as { persistent: Readonly<Record<string, string>> }).persistent;
}

/** What is still left a minute after the change: the last of it goes when the stack is as its spec says already. */
export async function leftBehind(where: Where, signal: AbortSignal): Promise<readonly string[]> {
  const look = async () => {
    const left = await leftNow(where);
    return left.length === 0 ? found(undefined) : seen(left.join(' | '));
  };
  return waitFor('nothing to be left behind', look, { signal, seconds: 60, every: 2 }).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

async function leftNow(where: Where): Promise<readonly string[]> {
  const { admin } = where;
  const settings = Object.entries(await persistentSettings(admin)).filter(
    ([key]) => key.startsWith('cluster.routing.allocation.') || key.startsWith('cluster.metadata.loggingstack.'),
  );
  const path = '/_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions';
  const { body } = await admin.ask('GET', path);
  const votes = JSON.stringify(body ?? {});
  return [
    ...settings.map(([key, value]) => `left behind in Elasticsearch: ${key}=${value}`),
    ...(votes.includes('node_name') ? [`voting exclusions left behind: ${votes}`] : []),
    ...(await claimsLeft(where)),
  ];
}

async function claimsLeft({ site, place: { namespace, name } }: Where): Promise<readonly string[]> {
  const selector = `loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`;
  const names = async (kind: string): Promise<readonly string[]> =>
    (
      await site.run.json<{ items: readonly { metadata: { name: string } }[] }>([
        'get',
        kind,
        '-n',
        namespace,
        '-l',
        selector,
      ])
    ).items.map(({ metadata }) => metadata.name);
  const pods = await names('pods');
  return (await names('persistentvolumeclaims'))
    .filter((claim) => !pods.some((pod) => claim.endsWith(`-${pod}`)))
    .map((claim) => `a claim without a pod: ${claim}`);
}
