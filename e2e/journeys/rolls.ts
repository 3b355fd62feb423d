// What travellers do whose stack is rolled: a bad config, an index without copies, somebody else's drain, a new version.
import assert from 'node:assert/strict';
import type { CaseContext } from '../cases/registry.ts';
import { auditEvents, auditPosition } from '../environment/audit.ts';
import type { Site } from '../environment/site.ts';
import { conditionOf, getStack } from '../environment/stacks.ts';
import { programAnswers } from '../environment/versions.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { bad, bigger, nodeName, uidsOf, unreadyPods } from './stack-pods.ts';
import { journeyPlace, journeySpec, type Traveller } from './travel.ts';

const { namespace, name } = journeyPlace;
/** Each takes at least the 20 s after which it gives up: so many are enough for a roll, and end. */
const mostDrains = 8;

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

/** How many evictions of pods of the journey were granted, and how many the disruption budget refused, since a point of the audit log. */
async function evictions(
  auditLog: string,
  from: number,
): Promise<{ readonly granted: number; readonly refused: number }> {
  const events = await auditEvents(auditLog, from, await auditPosition(auditLog));
  const codes = events
    .filter(({ objectRef }) => objectRef?.subresource === 'eviction' && objectRef.namespace === namespace)
    .map(({ responseStatus }) => responseStatus?.code ?? 0);
  return { granted: codes.filter((code) => code < 300).length, refused: codes.filter((code) => code === 429).length };
}

const untilAllAreReady = (site: Site, { signal }: CaseContext): Promise<undefined> =>
  waitFor(
    'all pods to be ready',
    async () => {
      const unready = await unreadyPods(site);
      return unready.length === 0 ? found(undefined) : seen(unready.join(', '));
    },
    { signal, seconds: 300 },
  );

/** The roll is not over. */
async function isRolling(site: Site): Promise<boolean> {
  const stack = await getStack(site.run, namespace, name);
  const condition = conditionOf(stack, 'ElasticsearchReady');
  return condition?.status !== 'True' || condition.observedGeneration !== stack.metadata.generation;
}

/** Somebody drains the Kubernetes node again and again while we roll: evictions and our own restarts share one budget. */
export async function kubectlDrain({ journey, site, context }: Traveller): Promise<void> {
  const { auditLog } = site;
  if (auditLog === undefined) throw new Error('What became of evictions is read in the audit log of a local node.');
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
  const from = await auditPosition(auditLog);
  await journey.edit(journeySpec({ masters: 3, data: 2 }, { config: bigger }), 'a changed config');
  let rounds = 0;
  for (; rounds < mostDrains && (await isRolling(site)); rounds += 1) {
    // With one Kubernetes node an evicted pod has nowhere to go: the drain is stopped by the disruption budget.
    const output = await site.run(drain).catch(String);
    context.log(`drain ${rounds + 1}: ${output.trim().split('\n').at(-1) ?? ''}`);
    await site.run(['uncordon', kubernetesNode]);
    await untilAllAreReady(site, context);
  }
  const { granted, refused } = await evictions(auditLog, from);
  context.log(`${rounds} drains during the roll: ${granted} evictions granted, ${refused} refused by the budget`);
  assert.ok(rounds >= 2 && granted > 0, 'somebody else took nodes away during the roll');
  assert.ok(refused > 0, 'the budget was in the way of more');
  await journey.settled();
  const after = await uidsOf(site);
  assert.deepEqual(
    [...before].filter(([pod, uid]) => after.get(pod) === uid).map(([pod]) => pod),
    [],
    'every pod was replaced',
  );
}

const allComponents = (data: number): object => ({ ...journeySpec({ masters: 3, data }), kibana: { replicas: 1 } });
/** Of a stack with all components. */
export const newest = allComponents(2);

interface CreatedPods {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly creationTimestamp: string } }[];
}

/** When the pods of a component that run now were made. */
async function createdAt(site: Site, component: string): Promise<readonly string[]> {
  const selector = `loggingstack.dev/stack=${name},loggingstack.dev/component=${component}`;
  const { items } = await site.run.json<CreatedPods>(['get', 'pods', '-n', namespace, '-l', selector]);
  return items.map(({ metadata }) => metadata.creationTimestamp).toSorted();
}

export async function upgrade({ journey, site }: Traveller): Promise<void> {
  const before = await uidsOf(site);
  await journey.edit({ ...newest, version: '9.4.3' }, 'version 9.4.3 is asked for');
  await journey.settled(1800);
  const after = await uidsOf(site);
  for (const [pod, uid] of before) assert.notEqual(after.get(pod), uid, `${pod} was replaced`);
  for (const { component, expected, answered } of await programAnswers(site, journeyPlace)) {
    // It names itself only in documents that it sends, and in this namespace it has none to send.
    if (component !== 'filebeat')
      assert.equal(answered, expected, `${component} runs the version that the operator says`);
  }
  let last = (await createdAt(site, 'elasticsearch')).at(-1) ?? '';
  for (const component of ['kibana', 'logstash']) {
    const made = await createdAt(site, component);
    assert.ok((made[0] ?? '') >= last, `${component} of the new version came after all that goes before it`);
    last = made.at(-1) ?? last;
  }
  // A new major version may refuse changes of settings for what an old one had set: a drain makes some.
  await journey.edit({ ...allComponents(1), version: '9.4.3' }, 'one data node is asked for');
  await journey.settled();
  assert.ok(!(await journey.nodes()).includes(nodeName('data', 1)), 'the second data node has left');
}
