// Plans of edits of a live stack, recorded before each edit is applied, against the steps that the operator then took.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { StackPlanStatus } from '../../src/api/stack-plan.ts';
import { differences } from '../../src/forecast/agreement.testing.ts';
import { operatorPods } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { applyStack, waitForCondition } from '../environment/stacks.ts';
import { connectElasticsearch, elasticsearchAccess, type ElasticsearchUser } from '../environment/elasticsearch.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { writeBallast } from '../journeys/ballast.ts';
import { bytesMoved, untilNothingMoves } from '../journeys/recoveries.ts';
import { bigger } from '../journeys/stack-pods.ts';
import { type LoggedStep, stepsIn } from '../journeys/steps.ts';
import { journeyPlace, journeySpec, smallPool, withStack } from '../journeys/travel.ts';
import type { CaseContext, TestCase } from './registry.ts';

const { namespace, name } = journeyPlace;
const editCount = 5;

interface Edit {
  readonly what: string;
  readonly spec: object;
}

const warm = smallPool('warm', ['data_warm'], 1);

/** Every edit that a stack of two or three data nodes can be given; the seed picks the order. Each begins where the one before ended. */
const edits: readonly Edit[] = [
  { what: 'three data nodes', spec: journeySpec({ data: 3 }) },
  { what: 'two data nodes', spec: journeySpec({ data: 2 }) },
  { what: 'an ingest node', spec: journeySpec({ data: 2, ingest: 1 }) },
  { what: 'a warm tier', spec: journeySpec({ data: 2 }, { pools: [warm] }) },
  { what: 'no copies', spec: journeySpec({ data: 2 }, { redundancy: 'None' }) },
  { what: 'a changed config', spec: journeySpec({ data: 2 }, { config: bigger }) },
  { what: 'three data nodes and a changed config', spec: journeySpec({ data: 3 }, { config: bigger }) },
  { what: 'three masters', spec: journeySpec({ data: 2, masters: 3 }) },
];

const hasThree = ({ what }: Edit): boolean => what.startsWith('three data nodes');

/** Picks edits by the seed, none twice in a row, and such that at least one of them drains a data node. */
function chosen(seed: number): readonly Edit[] {
  let state = seed % 2_147_483_647 || 1;
  const picked: Edit[] = [];
  const drains = (): boolean =>
    picked.some((edit, at) => at > 0 && !hasThree(edit) && picked.slice(0, at).some(hasThree));
  while (picked.length < editCount || !drains()) {
    if (picked.length === editCount) picked.length = 0;
    state = (state * 48_271) % 2_147_483_647;
    const edit = edits[state % edits.length];
    if (edit !== undefined && edit !== picked.at(-1) && (picked.length > 0 || edit.what !== 'two data nodes'))
      picked.push(edit);
  }
  return picked;
}

async function planOf(site: Site, { spec }: Edit, number: number, signal: AbortSignal): Promise<StackPlanStatus> {
  const plan = `edit-${number}`;
  const manifest = {
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'StackPlan',
    metadata: { name: plan, namespace },
    spec: { stackRef: { name }, proposed: spec },
  };
  await site.run(['apply', '-f', '-'], JSON.stringify(manifest));
  const planned = await waitFor(
    `the plan ${plan}`,
    async () => {
      const { status } = await site.run.json<{ status?: StackPlanStatus }>(['get', 'stackplan', plan, '-n', namespace]);
      const condition = status?.conditions?.find(({ type }) => type === 'Planned');
      return status !== undefined && condition !== undefined && condition.status !== 'Unknown'
        ? found({ status, condition })
        : seen(condition?.message ?? 'none yet');
    },
    { signal, seconds: 120 },
  );
  const { status, condition } = planned;
  assert.equal(condition.status, 'True', `${condition.reason}: ${condition.message}`);
  return status;
}

const totalOf = (steps: readonly { readonly sizeBytes?: number | undefined }[]): number =>
  steps.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);

/** What the plan foretold for all its steps against Elasticsearch's own record; empty when they agree within a fifth. */
function bytesDiffer(foretold: number, moved: number): readonly string[] {
  const differ = Math.abs(foretold - moved) > 0.2 * Math.max(foretold, moved);
  return differ ? [`${foretold} bytes were foretold, and ${moved} moved`] : [];
}

/**
 * The most that Elasticsearch's own record told at one look, until this is stopped: each copy forgets how it came to its
 * node when the node starts anew, as after a drain in a roll.
 */
async function mostMoved(admin: ElasticsearchUser, since: number, stop: AbortSignal): Promise<number> {
  let most = 0;
  for (;;) {
    // A look without an answer tells nothing.
    most = Math.max(most, await bytesMoved(admin, since).catch(() => 0));
    if (stop.aborted) return most;
    await pause(1000, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** The steps of this stack in the operator's log since a moment. */
async function stepsSince(site: Site, since: Date): Promise<readonly LoggedStep[]> {
  const text = await site.run(['logs', ...operatorPods, `--since-time=${since.toISOString()}`, '--tail=-1']);
  return stepsIn(text);
}

async function planAgreement(context: CaseContext): Promise<undefined> {
  const { log, seed, signal } = context;
  await withStack(context, journeySpec({}), { condition: 'ElasticsearchReady', level: 'restricted' }, async (site) => {
    await using admin = connectElasticsearch(await elasticsearchAccess(site.run, namespace, name));
    await writeBallast(admin, 4, 16);
    const failures: string[] = [];
    let drained = 0;
    for (const [index, edit] of chosen(seed).entries()) {
      await waitForCondition(site.run, journeyPlace, 'ElasticsearchReady', 600, { log: () => undefined, signal });
      await untilNothingMoves(admin);
      const { steps = [] } = await planOf(site, edit, index + 1, signal);
      const began = new Date();
      const isOver = new AbortController();
      const watched = mostMoved(admin, began.getTime(), isOver.signal);
      await applyStack(site.run, namespace, name, edit.spec);
      await waitForCondition(site.run, journeyPlace, 'ElasticsearchReady', 900, context);
      // The last steps, such as the end of a volume, come when the stack is as its spec says already.
      const happened = await waitFor(
        'the last step',
        async () => {
          const taken = await stepsSince(site, began);
          return taken.length >= steps.length ? found(taken) : seen(`${taken.length} steps`);
        },
        { signal, seconds: 45 },
      ).catch(() => stepsSince(site, began));
      const foretold = totalOf(steps);
      isOver.abort();
      const moved = await watched;
      // Where a plan says that nothing has to move, Elasticsearch may still balance, as it does when a node comes.
      const differing = [...differences(steps, happened), ...(foretold > 0 ? bytesDiffer(foretold, moved) : [])];
      log(
        `${edit.what}: ${steps.length} steps and ${foretold} bytes foretold, ${happened.length} taken, ${moved} bytes moved${differing.map((line) => `\n  ${line}`).join('')}`,
      );
      failures.push(...differing.map((line) => `${edit.what}: ${line}`));
      drained += totalOf(steps.filter(({ action }) => action === 'Drain'));
    }
    assert.deepEqual(failures, [], 'what was foretold is what happened');
    assert.ok(drained > 0, 'some edit drained a node that held data');
  });
  return undefined;
}

export const planAgreementCases: readonly TestCase[] = [
  {
    name: 'plan-agreement',
    tier: 'deep',
    namespaces: [namespace],
    title:
      'plans of five seeded edits of a live stack are what the operator then does: actions, subjects, order, bytes',
    minutes: 40,
    run: planAgreement,
  },
];
