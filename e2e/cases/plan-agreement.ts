// Plans of edits of a live stack, recorded before each edit is applied, against the steps that the operator then took.
import assert from 'node:assert/strict';
import type { StackPlanStatus } from '../../src/api/stack-plan.ts';
import { differences } from '../../src/forecast/agreement.testing.ts';
import { operatorPods } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { applyStack, waitForCondition } from '../environment/stacks.ts';
import { connectElasticsearch, elasticsearchAccess } from '../environment/elasticsearch.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { writeBallast } from '../journeys/ballast.ts';
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

/** Picks edits by the seed, none twice in a row. */
function chosen(seed: number): readonly Edit[] {
  let state = seed % 2_147_483_647 || 1;
  const picked: Edit[] = [];
  while (picked.length < editCount) {
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
  return waitFor(
    `the plan ${plan}`,
    async () => {
      const { status } = await site.run.json<{ status?: StackPlanStatus }>(['get', 'stackplan', plan, '-n', namespace]);
      const condition = status?.conditions?.find(({ type }) => type === 'Planned');
      if (condition?.status === 'False') throw new Error(`${condition.reason}: ${condition.message}`);
      return status !== undefined && condition?.status === 'True'
        ? found(status)
        : seen(condition?.message ?? 'none yet');
    },
    { signal, seconds: 120 },
  );
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
    for (const [index, edit] of chosen(seed).entries()) {
      await waitForCondition(site.run, journeyPlace, 'ElasticsearchReady', 600, { log: () => undefined, signal });
      const plan = await planOf(site, edit, index + 1, signal);
      const began = new Date();
      await applyStack(site.run, namespace, name, edit.spec);
      await waitForCondition(site.run, journeyPlace, 'ElasticsearchReady', 900, context);
      // The last steps, such as the end of a volume, come when the stack is as its spec says already.
      const happened = await waitFor(
        'the last step',
        async () => {
          const steps = await stepsSince(site, began);
          return steps.length >= (plan.steps?.length ?? 0) ? found(steps) : seen(`${steps.length} steps`);
        },
        { signal, seconds: 45 },
      ).catch(() => stepsSince(site, began));
      const differing = differences(plan.steps ?? [], happened);
      log(
        `${edit.what}: ${plan.steps?.length ?? 0} steps foretold, ${happened.length} taken${differing.map((line) => `\n  ${line}`).join('')}`,
      );
      failures.push(...differing.map((line) => `${edit.what}: ${line}`));
    }
    assert.deepEqual(failures, [], 'what was foretold is what happened');
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
