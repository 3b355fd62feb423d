// What both kinds of runs in which the operator dies need: a control plane with simulated pods, the stand-in for Elasticsearch, and the operator as a process.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CaseContext, Counts } from '../cases/registry.ts';
import { type Cluster, startControlPlane } from '../cluster/start.ts';
import { run } from '../cluster/process.ts';
import { RestClient } from '../cluster/rest.ts';
import { auditEvents, auditPosition, secretHistory } from '../environment/audit.ts';
import { operatorManifests } from '../environment/install.ts';
import { localImages } from '../environment/local-images.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { ElasticsearchStandIn, type StandInOptions } from './elasticsearch-stand-in.ts';
import { comparableObjects, comparedKinds } from './objects.ts';
import type { OperatorProcess, OperatorSettings } from './operator-process.ts';
import { notMadeOnce } from './secrets.ts';
import { viewOf } from './view.ts';

/** The name of the stack in each namespace. */
export const stack = 'logs';
const account = 'system:serviceaccount:loggingstack-system:loggingstack-operator';
const groups = ['system:serviceaccounts', 'system:serviceaccounts:loggingstack-system', 'system:authenticated'];
/** How many runs go on beside each other. */
const lanes = 4;

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface LiveStack {
  readonly status?: { readonly version?: string; readonly conditions?: readonly Condition[] };
}

export interface Lab extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: RestClient;
  readonly standIn: ElasticsearchStandIn;
  readonly standInAddress: string;
  readonly folder: string;
  /** With the rights of the operator's own account. */
  readonly kubeconfig: string;
  readonly context: CaseContext;
}

export async function openLab(
  name: string,
  standInAddress: string,
  context: CaseContext,
  options: StandInOptions = {},
): Promise<Lab> {
  // The bundle that users run; it also starts much sooner than the sources, some two hundred times.
  await run(['npm', 'run', '--silent', 'build'], { signal: context.signal });
  await using opened = new AsyncDisposableStack();
  const cluster = opened.use(await startControlPlane({ name, simulatedNodes: 2, signal: context.signal }));
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], await operatorManifests({ images: 'local' }));
  await cluster.kubectl(['scale', 'deployment/loggingstack-operator', '-n', 'loggingstack-system', '--replicas=0']);
  const client = opened.use(await RestClient.open(cluster.kubeconfig, 'elasticsearch-stand-in'));
  const standIn = opened.use(new ElasticsearchStandIn(viewOf(client), options));
  await standIn.listen(standInAddress, 9200);
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const kubeconfig = await cluster.kubeconfigFor(account, groups);
  const kept = opened.move();
  const close = (): Promise<void> => kept.disposeAsync();
  return { cluster, client, standIn, standInAddress, folder, kubeconfig, context, [Symbol.asyncDispose]: close };
}

/** Steps of a run that has so many. */
export const stepsUpTo = (count: number): readonly number[] => Array.from({ length: count }, (_, place) => place + 1);

/** Plays each of the steps, some beside each other, and counts what `play` says of them. Those that were not played have failed. */
export async function forEachStep(
  { context }: Lab,
  steps: readonly number[],
  play: (step: number) => Promise<boolean>,
): Promise<Counts> {
  const results: boolean[] = [];
  const left = [...steps];
  const lane = async (): Promise<void> => {
    for (let step = left.shift(); step !== undefined && !context.signal.aborted; step = left.shift())
      results.push(await play(step));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const passed = results.filter(Boolean).length;
  return { passed, failed: steps.length - passed };
}

/** Whether a write is a step of the roll-out in a namespace. The Lease and Events are no part of it. */
export const isStep = (
  write: { readonly resource?: string; readonly namespace?: string },
  namespace: string,
): boolean => write.namespace === namespace && !['leases', 'events'].includes(write.resource ?? '');

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

/** Makes the namespace, and says how the operator is to be started for it; it talks to the API server by `kubeconfig`. */
export async function prepareRun(lab: Lab, namespace: string, kubeconfig: string): Promise<OperatorSettings> {
  await prepareNamespace(lab, namespace);
  const config = join(lab.folder, `${namespace}.yaml`);
  const text = stringify({ watchNamespaces: [namespace], images: localImages.table, allowMemoryMap: false });
  await writeFile(config, text);
  return { kubeconfig, config, namespace, standInAddress: lab.standInAddress };
}

export class OperatorEnded extends Error {
  /** On a busy machine it may be unable to renew its Lease in time. It ends then, as it should, and is to be started again, as a container is. */
  readonly hasLostLease: boolean;

  constructor(code: number | string, output: string) {
    super(`the operator ended with ${code} before its work was done:\n${output}`);
    this.hasLostLease = output.includes('The lease was lost');
  }
}

/** Never resolves: throws when the operator ends. */
export async function untilDead(operator: OperatorProcess): Promise<never> {
  const code = await operator.exited;
  throw new OperatorEnded(code, operator.output);
}

export const pathOf = (namespace: string): string =>
  `/apis/loggingstack.dev/v1alpha1/namespaces/${namespace}/loggingstacks/${stack}`;

export async function untilReady(lab: Lab, namespace: string, operator: OperatorProcess): Promise<void> {
  const ready = waitFor(
    `the stack in ${namespace} to be ready`,
    async () => {
      const { status } = await lab.client.get<LiveStack>(pathOf(namespace));
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' ? found(undefined) : seen(ready?.message ?? 'no status yet');
    },
    { signal: lab.context.signal, seconds: 600, every: 1 },
  );
  await Promise.race([ready, untilDead(operator)]);
}

/** What stands in a namespace. */
export interface Standing {
  readonly namespace: string;
  readonly objects: ReadonlyMap<string, unknown>;
  readonly activeApiKeys: number;
}

export async function whatStands({ cluster, standIn }: Lab, namespace: string): Promise<Standing> {
  const text = await cluster.kubectl(['get', comparedKinds.join(','), '-n', namespace, '-o', 'json']);
  const list = JSON.parse(text) as Parameters<typeof comparableObjects>[0][number];
  const activeApiKeys = standIn.activeApiKeys(namespace, stack).length;
  return { namespace, objects: comparableObjects([list], namespace), activeApiKeys };
}

/** Throws unless the same stands as after the undisturbed run. */
export function assertSame(end: Standing, reference: Standing): void {
  for (const [name, wanted] of reference.objects) assert.deepEqual(end.objects.get(name), wanted, `${name} differs`);
  assert.deepEqual([...end.objects.keys()].toSorted(), [...reference.objects.keys()].toSorted(), 'the same objects');
  assert.equal(end.activeApiKeys, 1, 'one API key is left');
}

/** The Secrets of a roll-out that were made more often than once, by the audit log. */
export async function secretsNotMadeOnce(
  lab: Lab,
  from: number,
  { namespace, objects }: Standing,
): Promise<readonly string[]> {
  const events = await auditEvents(lab.cluster.auditLog, from, await auditPosition(lab.cluster.auditLog));
  const prefix = 'Secret/';
  const there = [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return notMadeOnce(there, secretHistory(events, namespace));
}
