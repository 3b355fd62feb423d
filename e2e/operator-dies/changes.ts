// The operator is killed after each of its writes of a change of a running stack once; the next one must reach the same end, and on the way nothing may be lost.
import assert from 'node:assert/strict';
import type { CaseContext, Counts } from '../cases/registry.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { startKubernetesProxy } from '../faults/proxy.ts';
import { followPods } from './follow-pods.ts';
import {
  assertSame,
  forEachStep,
  isStep,
  type Lab,
  type LiveStack,
  openLab,
  pathOf,
  prepareRun,
  stack,
  stepsUpTo,
  type Standing,
  untilDead,
  untilReady,
  whatStands,
} from './lab.ts';
import { livingAnswer } from './living-answers.ts';
import { LivingCluster, type Summary } from './living-cluster.ts';
import { OperatorProcess } from './operator-process.ts';
import { changedSecrets, printsOf, type SecretPrints } from './secrets.ts';
import { Writes } from './writes.ts';

interface Change {
  readonly name: string;
  readonly title: string;
  readonly before: object;
  /** What is edited, as a merge patch of the spec. */
  readonly edit: object;
  /** Nodes that stay, with the version that they have in the end. */
  readonly members: readonly string[];
  readonly version: string;
  /** Copies of each shard that the data streams have in the end. */
  readonly copies: number;
}

const numbered = (pool: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, ordinal) => `${stack}-es-${pool}-${ordinal}`);

const dataNodes = (replicas: number) => ({ data: { replicas }, ingest: { replicas: 0 } });

const changes: readonly Change[] = [
  {
    name: 'scale-down',
    title: 'data 3 to 2, with fewer copies',
    before: { version: '9.4.3', elasticsearch: { ...dataNodes(3), redundancy: 'Double' } },
    edit: { elasticsearch: dataNodes(2) },
    members: [...numbered('data', 2), ...numbered('master', 3)],
    version: '9.4.3',
    copies: 2,
  },
  {
    name: 'upgrade',
    title: '8.19.8 to 9.4.3',
    before: { version: '8.19.8', elasticsearch: dataNodes(3) },
    edit: { version: '9.4.3' },
    members: [...numbered('data', 3), ...numbered('master', 3)],
    version: '9.4.3',
    copies: 2,
  },
];

/** `<change>` or `<change>:<write>`, separated by commas: plays only these again; all when it is not set. */
const chosen = (process.env['DIES_AT'] ?? '').split(',').filter((one) => one !== '');

/** What stands when a change is over. */
interface End extends Standing {
  readonly version: string | undefined;
  readonly elasticsearch: Summary;
}

interface Range {
  readonly lab: Lab;
  readonly living: Map<string, LivingCluster>;
  readonly writes: Map<string, Writes>;
}

interface Run {
  readonly namespace: string;
  readonly living: LivingCluster;
  readonly writes: Writes;
}

/** Throws until what it is given is the end. */
type Settled = (end: End) => void;

const secondsOfChange = 420;

/** Looks at Elasticsearch, which costs nothing, before it looks at all objects. */
function endOf({ lab }: Range, { namespace, living, writes }: Run, settled: Settled, quietMs: number): Promise<End> {
  const look = async () => {
    const elasticsearch = living.summary;
    const { status } = await lab.client.get<LiveStack>(pathOf(namespace));
    const nodes = elasticsearch.nodes.join(', ');
    if (!isAtRest(elasticsearch)) return seen(`${nodes}; ${JSON.stringify(elasticsearch.settings)}`);
    if (writes.quietMs < quietMs) return seen('the operator writes');
    const end = { ...(await whatStands(lab, namespace)), version: status?.version, elasticsearch };
    settled(end);
    return found(end);
  };
  return waitFor('the end of the change', look, { signal: lab.context.signal, seconds: secondsOfChange });
}

const isAtRest = ({ settings, votingExclusions }: Summary): boolean =>
  Object.keys(settings).length === 0 && votingExclusions.length === 0;

async function secretsNow({ client }: Lab, namespace: string): Promise<SecretPrints> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const { items } = await client.get<{ readonly items: Parameters<typeof printsOf>[0] }>(path);
  return printsOf(items);
}

/** Nothing is written any more: what comes next belongs to the change. */
async function untilQuiet({ context }: Lab, writes: Writes): Promise<void> {
  const look = () => Promise.resolve(writes.quietMs > 4000 ? found(undefined) : seen('the operator writes'));
  await waitFor('the operator to rest', look, { signal: context.signal, seconds: 120 });
}

/** Rolls a stack out, changes it, kills the operator after the write `killAfter`, or at the end when that did not come. */
async function play(
  range: Range,
  change: Change,
  run: Run,
  killAfter: string | undefined,
  settled: Settled,
): Promise<End> {
  const { lab } = range;
  const { namespace, living, writes } = run;
  await using proxy = await startKubernetesProxy(lab.kubeconfig, {
    onAnswered: (request) => {
      const { verb, resource, subresource, name } = request;
      const target = [resource, name, subresource].filter((part) => part !== '').join('/');
      if (request.mutating && isStep(request, namespace)) writes.note(`${verb} ${target}`);
    },
  });
  await using operators = new AsyncDisposableStack();
  const settings = await prepareRun(lab, namespace, proxy.kubeconfig);
  await lab.cluster.kubectl(['apply', '-f', '-'], stackText(namespace, change.before));
  const first = operators.use(new OperatorProcess(settings));
  await untilReady(lab, namespace, first);
  living.fill();
  await untilQuiet(lab, writes);
  const secrets = await secretsNow(lab, namespace);
  living.judgeBy(change);
  writes.countFromNow(killAfter, () => {
    first.kill();
  });
  await lab.client.merge(pathOf(namespace), { spec: change.edit });
  const afterKill = async (): Promise<never> => {
    await first.exited;
    if (!writes.killed) return untilDead(first);
    return untilDead(operators.use(new OperatorProcess(settings)));
  };
  const dead = afterKill();
  const wait = (quietMs: number) => Promise.race([endOf(range, run, settled, quietMs), dead]);
  let end = await wait(killAfter === undefined ? 15_000 : 0);
  if (killAfter !== undefined && !writes.killed) {
    writes.killNow('the end');
    end = await wait(4000);
  }
  assert.deepEqual(changedSecrets(secrets, await secretsNow(lab, namespace)), [], 'the Secrets are as they were');
  return end;
}

function stackText(namespace: string, spec: object): string {
  const metadata = { name: stack, namespace };
  return JSON.stringify({ apiVersion: 'loggingstack.dev/v1alpha1', kind: 'LoggingStack', metadata, spec });
}

/** Plays in a namespace of its own, and takes that away. Throws when anything is amiss. */
async function playIn(
  range: Range,
  change: Change,
  [step, killAfter]: readonly [string, string?],
  settled: Settled,
): Promise<[End, Run]> {
  const namespace = `${change.name}-${step}`;
  const run = { namespace, living: new LivingCluster(), writes: new Writes() };
  range.living.set(namespace, run.living);
  range.writes.set(namespace, run.writes);
  try {
    const end = await play(range, change, run, killAfter, settled);
    assert.deepEqual(run.living.faults, [], 'nothing went wrong on the way');
    return [end, run];
  } catch (error) {
    const faults = run.living.faults.map((fault) => `\n  ${fault}`).join('');
    throw new Error(`${namespace}: ${error instanceof Error ? error.message : String(error)}${faults}`, {
      cause: error,
    });
  } finally {
    range.living.delete(namespace);
    range.writes.delete(namespace);
    await range.lab.cluster.kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  }
}

/** The undisturbed run is the measure of the others, so it is looked at more closely. */
function isComplete({ members, version, copies }: Change, end: End): void {
  const { status } = end.objects.get(`LoggingStack/${stack}`) as { status: { conditions: readonly string[] } };
  for (const condition of ['Blocked=False NothingRefused', 'Ready=True AllComponentsReady'])
    assert.ok(status.conditions.includes(condition), `${condition} in ${status.conditions.join(', ')}`);
  assert.equal(end.version, version);
  assert.equal(end.activeApiKeys, 1);
  const { nodes, voting, votingExclusions, settings, copies: there } = end.elasticsearch;
  assert.deepEqual(nodes, members.map((name) => `${name} ${version}`).toSorted());
  assert.deepEqual(voting, numbered('master', 3));
  assert.deepEqual([votingExclusions, settings], [[], {}], 'nothing is left set');
  assert.ok(
    there.every((copy) => copy.endsWith(' STARTED')),
    there.join(', '),
  );
  for (const [index, own] of Map.groupBy(there, (copy) => copy.split(' ')[0])) assert.equal(own.length, copies, index);
  const claims = [...end.objects.keys()].filter((key) => key.startsWith(`PersistentVolumeClaim/data-${stack}-es-`));
  assert.deepEqual(claims.toSorted(), members.map((name) => `PersistentVolumeClaim/data-${name}`).toSorted());
}

async function dieInChange(range: Range, change: Change): Promise<Counts> {
  const { log } = range.lab.context;
  const [reference, { writes }] = await playIn(range, change, ['undisturbed'], (end) => {
    isComplete(change, end);
  });
  const steps = writes.lines.length;
  log(`${change.name} (${change.title}) has ${steps} writes:`);
  for (const [place, line] of writes.lines.entries()) log(`  ${place + 1} ${line}`);
  const compare = async (step: number): Promise<boolean> => {
    const line = writes.lines[step - 1] ?? '';
    const began = performance.now();
    try {
      const [, run] = await playIn(range, change, [String(step), line], (end) => {
        assert.deepEqual(end.elasticsearch, reference.elasticsearch);
        assert.equal(end.version, reference.version);
        assertSame(end, reference);
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      log(`ok ${change.name} ${step} ${line}: killed after ${run.writes.killedAfter ?? 'nothing'}, ${seconds} s`);
      return true;
    } catch (error) {
      log(`FAILED ${change.name} ${step} ${line}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  const isChosen = (step: number): boolean =>
    chosen.length === 0 || chosen.some((one) => [change.name, `${change.name}:${step}`].includes(one));
  return forEachStep(range.lab, stepsUpTo(steps).filter(isChosen), compare);
}

export async function operatorDiesInChanges(context: CaseContext): Promise<Counts> {
  const living = new Map<string, LivingCluster>();
  const writes = new Map<string, Writes>();
  await using lab = await openLab('operator-dies-in-changes', '127.62.9.3', context, {
    behind: (question) => {
      const cluster = living.get(question.namespace);
      return cluster === undefined ? undefined : livingAnswer(cluster, question);
    },
    onWritten: ({ namespace, method, path }) => writes.get(namespace)?.note(`${method} ${path}`),
  });
  const ended = new AbortController();
  const following = followPods(lab.client, living, ended.signal);
  const total = { passed: 0, failed: 0 };
  try {
    for (const change of changes) {
      if (chosen.length > 0 && !chosen.some((one) => one.split(':')[0] === change.name)) continue;
      const { passed, failed } = await dieInChange({ lab, living, writes }, change);
      total.passed += passed;
      total.failed += failed;
    }
  } finally {
    ended.abort();
    await following;
  }
  return total;
}
