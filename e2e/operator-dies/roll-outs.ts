// The operator is killed after its k-th write of a roll-out, for every k; the next one must reach the same end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { CaseContext, Counts } from '../cases/registry.ts';
import { auditEvents, auditPosition, byAgent, isWrite } from '../environment/audit.ts';
import { found, waitFor } from '../environment/wait.ts';
import { startKubernetesProxy } from '../faults/proxy.ts';
import {
  assertSame,
  forEachStep,
  isStep,
  type Lab,
  openLab,
  OperatorEnded,
  prepareRun,
  secretsNotMadeOnce,
  stack,
  stepsUpTo,
  type Standing,
  untilDead,
  untilReady,
  whatStands,
} from './lab.ts';
import { OperatorProcess } from './operator-process.ts';

/** What stands when the operator has nothing left to do: looked at until `settled` says so, because Ready comes before the last write. */
function endState(lab: Lab, namespace: string, settled: (end: Standing) => void): Promise<Standing> {
  const look = async () => {
    const end = await whatStands(lab, namespace);
    settled(end);
    return found(end);
  };
  return waitFor('the end state', look, { signal: lab.context.signal, seconds: 120 });
}

/** By the kill, and of processes that a busy machine keeps from renewing their Lease. */
const mostEnds = 4;

/**
 * Rolls a stack out; the operator is killed as soon as its `killAfter`-th write is done, and started once more.
 * `settled` throws until what it is given is the end.
 */
async function rollOut(lab: Lab, name: string, killAfter: number, settled: (end: Standing) => void): Promise<Standing> {
  const namespace = name;
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
  const settings = await prepareRun(lab, namespace, proxy.kubeconfig);
  const manifest = await readFile('deploy/samples/minimal.yaml', 'utf8');
  await lab.cluster.kubectl(['apply', '-n', namespace, '-f', '-'], manifest);
  const end = async (): Promise<Standing> => {
    await using operator = new OperatorProcess(settings);
    victim = operator;
    await untilReady(lab, namespace, operator);
    return await Promise.race([endState(lab, namespace, settled), untilDead(operator)]);
  };
  let wasKilled = false;
  for (let ends = 1; ; ends += 1)
    try {
      return await end();
    } catch (error) {
      const mayStartAgain = error instanceof OperatorEnded && (error.hasLostLease || (kill.done && !wasKilled));
      if (!mayStartAgain || ends > mostEnds) throw error;
      wasKilled = kill.done;
      if (error.hasLostLease) lab.context.log(`${namespace}: an operator lost its Lease and is started again`);
    }
}

async function compareWith(lab: Lab, reference: Standing, killAfter: number, from: number): Promise<boolean> {
  const { log } = lab.context;
  try {
    const after = await rollOut(lab, `kill-${killAfter}`, killAfter, (end) => {
      assertSame(end, reference);
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
function isComplete({ objects, activeApiKeys }: Standing): void {
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
  await using lab = await openLab('operator-dies', '127.62.9.2', context);
  const from = await auditPosition(lab.cluster.auditLog);
  const reference = await rollOut(lab, 'undisturbed', Infinity, isComplete);
  const steps = await countSteps(lab, reference.namespace, from);
  context.log(
    `a roll-out has ${steps} writes and ${reference.objects.size} objects; the operator is killed after each write once`,
  );
  return await forEachStep(lab, stepsUpTo(steps), (killAfter) => compareWith(lab, reference, killAfter, from));
}
