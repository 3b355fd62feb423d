// What travellers do whose stack is rolled: a bad config, an index without copies, somebody else's drain, a new version.
import assert from 'node:assert/strict';
import type { CaseContext } from '../cases/registry.ts';
import type { Site } from '../environment/site.ts';
import { conditionOf, getStack } from '../environment/stacks.ts';
import { programAnswers } from '../environment/versions.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { bad, bigger, nodeName, uidsOf, unreadyPods } from './stack-pods.ts';
import { journeyPlace, journeySpec, type Traveller } from './travel.ts';

const { namespace, name } = journeyPlace;

/** Waits until the stack says that a pod cannot start; returns the pods that are not ready. */
async function failingPods(site: Site, { signal }: CaseContext): Promise<readonly string[]> {
  await waitFor(
    'a pod that cannot start',
    async () => {
      const condition = conditionOf(await getStack(site.run, namespace, name), 'ElasticsearchReady');
      return condition?.reason === 'PodsFailing' ? found(undefined) : seen(condition?.message ?? 'no condition');
    },
    { signal, seconds: 400 },
  );
  return unreadyPods(site);
}

export async function badThenGood({ journey, site, context }: Traveller): Promise<void> {
  const before = await uidsOf(site);
  await journey.edit(journeySpec({ masters: 3, data: 3 }, { config: bad }), 'a config with which nothing starts');
  assert.deepEqual(await failingPods(site, context), [nodeName('data', 2)], 'one node took the bad config');
  const meanwhile = await uidsOf(site);
  const replaced = [...before].filter(([pod, uid]) => meanwhile.get(pod) !== uid).map(([pod]) => pod);
  assert.deepEqual(replaced, [nodeName('data', 2)]);
  await journey.edit(journeySpec({ masters: 3, data: 3 }, { config: bigger }), 'a good config');
  await journey.settled();
}

export async function zeroReplicas({ journey }: Traveller): Promise<void> {
  const documents = 50;
  await journey.admin.ask('PUT', '/import', { settings: { number_of_replicas: 0, number_of_shards: 3 } });
  const lines = Array.from({ length: documents }, (_, id) => `{"create":{"_id":"${id}"}}\n{"number":${id}}\n`);
  await journey.admin.ask('POST', '/import/_bulk?refresh=true', lines.join(''));
  await journey.edit(
    journeySpec({ masters: 3, data: 3 }, { config: bigger }),
    'a changed config, with an index without copies',
  );
  const said = await journey.blockedBy('ZeroReplicaRestart');
  assert.match(said, /import/, 'the refusal names the index');
  await journey.admin.ask('PUT', '/import/_settings', { index: { number_of_replicas: 1 } });
  await journey.settled();
  const { body } = await journey.admin.ask('GET', '/import/_count');
  assert.equal((body as { count: number }).count, documents);
}

/** Somebody drains the Kubernetes node while we roll: evictions and our own restarts share one budget. */
export async function kubectlDrain({ journey, site, context }: Traveller): Promise<void> {
  const before = await uidsOf(site);
  const [kubernetesNode = ''] = (await site.run(['get', 'nodes', '-o', 'name'])).trim().split('\n');
  const drain = [
    'drain',
    kubernetesNode.replace('node/', ''),
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    `--pod-selector=loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`,
    '--timeout=20s',
  ];
  await journey.edit(journeySpec({ masters: 3, data: 2 }, { config: bigger }), 'a changed config');
  for (let round = 1; round <= 4; round += 1) {
    // With one Kubernetes node an evicted pod has nowhere to go: the drain is stopped by the disruption budget.
    await site.run(drain).catch((error: unknown) => {
      context.log(`round ${round}: ${String(error).split('\n').at(-1) ?? ''}`);
    });
    await site.run(['uncordon', kubernetesNode]);
    await waitFor(
      'all pods to be ready',
      async () => {
        const unready = await unreadyPods(site);
        return unready.length === 0 ? found(undefined) : seen(unready.join(', '));
      },
      { signal: context.signal, seconds: 300 },
    );
  }
  await journey.settled();
  const after = await uidsOf(site);
  assert.deepEqual(
    [...before].filter(([pod, uid]) => after.get(pod) === uid).map(([pod]) => pod),
    [],
    'every pod was replaced',
  );
}

/** Of a stack with all components. */
export const newest = { ...journeySpec({ masters: 3 }), kibana: { replicas: 1 } };

export async function upgrade({ journey, site }: Traveller): Promise<void> {
  await journey.edit({ ...newest, version: '9.4.3' }, 'version 9.4.3 is asked for');
  await journey.settled(1800);
  for (const { component, expected, answered } of await programAnswers(site, journeyPlace)) {
    // It names itself only in documents that it sends, and in this namespace it has none to send.
    if (component !== 'filebeat')
      assert.equal(answered, expected, `${component} runs the version that the operator says`);
  }
}
