// The operator is killed after its k-th write of a roll-out, for every k; the next one must reach the same end.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CaseContext, Counts } from '../cases/registry.ts';
import { type Cluster, startControlPlane } from '../cluster/start.ts';
import { run } from '../cluster/process.ts';
import { RestClient } from '../cluster/rest.ts';
import { auditEvents, auditPosition, byAgent, secretHistory, isWrite } from '../environment/audit.ts';
import { operatorManifests } from '../environment/install.ts';
import { localImages } from '../environment/local-images.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { startKubernetesProxy } from '../faults/proxy.ts';
import { ElasticsearchStandIn } from './elasticsearch-stand-in.ts';
import { comparableObjects, comparedKinds } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { notMadeOnce } from './secrets.ts';
import { viewOf } from './view.ts';

const standInAddress = '127.62.9.2';
const stack = 'logs';
const account = 'system:serviceaccount:loggingstack-system:loggingstack-operator';
const groups = ['system:serviceaccounts', 'system:serviceaccounts:loggingstack-system', 'system:authenticated'];
/** How many roll-outs run beside each other. */
const lanes = 6;

interface Finding {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

interface Lab {
  readonly cluster: Cluster;
  readonly client: RestClient;
  readonly standIn: ElasticsearchStandIn;
  readonly folder: string;
  /** With the rights of the operator's own account. */
  readonly kubeconfig: string;
  readonly context: CaseContext;
}

/** One roll-out in a namespace of its own: what stood at its end, and whether the kill came before it. */
interface RollOut {
  readonly namespace: string;
  readonly objects: ReadonlyMap<string, unknown>;
  readonly activeApiKeys: number;
}

/** Whether a write is a step of the roll-out in a namespace. The Lease and Events are no part of it. */
const isStep = (write: { readonly resource?: string; readonly namespace?: string }, namespace: string): boolean =>
  write.namespace === namespace && !['leases', 'events'].includes(write.resource ?? '');

/** Lets the operator's account hold its Lease in this namespace, as the installed Role does in the operator's own. */
async function prepareNamespace(lab: Lab, namespace: string): Promise<void> {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'lease', namespace },
    rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] }],
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'lease', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'lease' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: account }],
  };
  const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, role, binding];
  await lab.cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

async function untilReady(lab: Lab, namespace: string, operator: OperatorProcess): Promise<void> {
  const dead = operator.exited.then((code) => {
    throw new Error(`the operator ended with ${code} before the stack was ready:\n${operator.output}`);
  });
  const ready = waitFor(
    `the stack in ${namespace} to be ready`,
    async () => {
      const path = `/apis/loggingstack.dev/v1alpha1/namespaces/${namespace}/loggingstacks/${stack}`;
      const { status } = await lab.client.get<{ status?: { conditions?: readonly Finding[] } }>(path);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' ? found(undefined) : seen(ready?.message ?? 'no status yet');
    },
    { signal: lab.context.signal, seconds: 120, every: 1 },
  );
  await Promise.race([ready, dead]);
}

/** What stands when the operator has nothing left to do: looked at until `settled` says so, because Ready comes before the last write. */
async function endState(lab: Lab, namespace: string, settled: (end: RollOut) => void): Promise<RollOut> {
  let end: RollOut | undefined;
  await waitFor(
    'the end state',
    async () => {
      const text = await lab.cluster.kubectl(['get', comparedKinds.join(','), '-n', namespace, '-o', 'json']);
      const list = JSON.parse(text) as Parameters<typeof comparableObjects>[0][number];
      const activeApiKeys = lab.standIn.activeApiKeys(namespace, stack).length;
      end = { namespace, objects: comparableObjects([list], namespace), activeApiKeys };
      settled(end);
      return found(undefined);
    },
    { signal: lab.context.signal, seconds: 30 },
  );
  if (end === undefined) throw new Error('no end state');
  return end;
}

/**
 * Rolls a stack out; the operator is killed as soon as its `killAfter`-th write is done, and started once more.
 * `settled` throws until what it is given is the end.
 */
async function rollOut(lab: Lab, name: string, killAfter: number, settled: (end: RollOut) => void): Promise<RollOut> {
  const namespace = name;
  await prepareNamespace(lab, namespace);
  const config = join(lab.folder, `${name}.yaml`);
  await writeFile(
    config,
    stringify({ watchNamespaces: [namespace], images: localImages.table, allowMemoryMap: false }),
  );
  const kill = { done: false };
  let steps = 0;
  let victim: OperatorProcess | undefined = undefined as OperatorProcess | undefined;
  await using proxy = await startKubernetesProxy(lab.kubeconfig, {
    onAnswered: (request) => {
      if (kill.done || !request.mutating || !isStep(request, namespace)) return;
      steps += 1;
      if (steps < killAfter) return;
      kill.done = true;
      victim?.kill();
    },
  });
  const settings = { kubeconfig: proxy.kubeconfig, config, namespace, standInAddress };
  const manifest = await readFile('deploy/samples/minimal.yaml', 'utf8');
  await lab.cluster.kubectl(['apply', '-n', namespace, '-f', '-'], manifest);
  const end = async (): Promise<RollOut> => {
    await using operator = new OperatorProcess(settings);
    victim = operator;
    await untilReady(lab, namespace, operator);
    return await endState(lab, namespace, settled);
  };
  try {
    return await end();
  } catch (error) {
    if (!kill.done) throw error;
    return await end();
  }
}

/** The Secrets of a roll-out that were made more often than once, by the audit log. */
async function secretsNotMadeOnce(lab: Lab, from: number, { namespace, objects }: RollOut): Promise<readonly string[]> {
  const events = await auditEvents(lab.cluster.auditLog, from, await auditPosition(lab.cluster.auditLog));
  const prefix = 'Secret/';
  const there = [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return notMadeOnce(there, secretHistory(events, namespace));
}

async function compareWith(lab: Lab, reference: RollOut, killAfter: number, from: number): Promise<boolean> {
  const { log } = lab.context;
  try {
    const after = await rollOut(lab, `kill-${killAfter}`, killAfter, (end) => {
      for (const [name, wanted] of reference.objects)
        assert.deepEqual(end.objects.get(name), wanted, `${name} differs`);
      assert.deepEqual(
        [...end.objects.keys()].toSorted(),
        [...reference.objects.keys()].toSorted(),
        'the same objects',
      );
      assert.equal(end.activeApiKeys, 1, 'one API key is left');
    });
    assert.deepEqual(await secretsNotMadeOnce(lab, from, after), [], 'each Secret was made once');
    return true;
  } catch (error) {
    log(`killed after write ${killAfter}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await lab.cluster.kubectl(['delete', 'namespace', `kill-${killAfter}`, '--wait=false', '--ignore-not-found']);
  }
}

/** How many writes a roll-out has without a kill: the number of places at which it can be killed. */
async function countSteps(lab: Lab, namespace: string, from: number): Promise<number> {
  const events = await auditEvents(lab.cluster.auditLog, from, await auditPosition(lab.cluster.auditLog));
  const byOperator = byAgent('loggingstack-operator');
  return events.filter((event) => byOperator(event) && isWrite(event) && isStep(event.objectRef ?? {}, namespace))
    .length;
}

/** The undisturbed roll-out is the measure of the others, so it is looked at more closely: every condition but those that this Elasticsearch cannot fulfil holds. */
function isComplete({ objects, activeApiKeys }: RollOut): void {
  const { status } = objects.get(`LoggingStack/${stack}`) as { status: { conditions: readonly string[] } };
  const expected = [
    'Blocked=False NothingRefused',
    'IndexTemplateReady=True PlainMappings',
    'Ready=True AllComponentsReady',
  ];
  for (const condition of expected)
    assert.ok(status.conditions.includes(condition), `${condition} in ${status.conditions.join(', ')}`);
  assert.equal(activeApiKeys, 1);
}

export async function operatorDies(context: CaseContext): Promise<Counts> {
  // The bundle that users run; it also starts much sooner than the sources, some two hundred times.
  await run(['npm', 'run', '--silent', 'build'], { signal: context.signal });
  await using cluster = await startControlPlane({ name: 'operator-dies', simulatedNodes: 2, signal: context.signal });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], await operatorManifests({ images: 'local' }));
  await cluster.kubectl(['scale', 'deployment/loggingstack-operator', '-n', 'loggingstack-system', '--replicas=0']);
  await using client = await RestClient.open(cluster.kubeconfig, 'elasticsearch-stand-in');
  await using standIn = new ElasticsearchStandIn(viewOf(client));
  await standIn.listen(standInAddress, 9200);
  const folder = await mkdtemp(join(tmpdir(), 'operator-dies-'));
  const kubeconfig = await cluster.kubeconfigFor(account, groups);
  const lab: Lab = { cluster, client, kubeconfig, standIn, folder, context };
  try {
    const from = await auditPosition(cluster.auditLog);
    const reference = await rollOut(lab, 'undisturbed', Infinity, isComplete);
    const steps = await countSteps(lab, reference.namespace, from);
    context.log(
      `a roll-out has ${steps} writes and ${reference.objects.size} objects; the operator is killed after each write once`,
    );
    const results: boolean[] = [];
    let next = 1;
    const lane = async (): Promise<void> => {
      while (next <= steps && !context.signal.aborted) results.push(await compareWith(lab, reference, next++, from));
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    const passed = results.filter(Boolean).length;
    return { passed, failed: steps - passed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
