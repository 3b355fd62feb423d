// For tests of the planner: stacks, single steps, and whole sequences against the model until nothing moves.
import { join } from 'node:path';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { loadTemplates } from '../../templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleStack } from '../stack.testing.ts';
import type { Finding } from '../status/conditions.ts';
import type { StackModel } from './model.testing.ts';
import { type ElasticsearchPlan, plan } from './plan.ts';

export const templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));

type ElasticsearchSpec = Partial<NonNullable<LoggingStackSpec['elasticsearch']>>;

/** A harmless change of the configuration, so that every node has to be replaced. */
export const changedConfig = { 'indices.memory.index_buffer_size': '20%' } as const;
/** A change that no node of the model starts with. */
export const badConfig = { 'bad.setting': '1' } as const;

/** Three masters, two data nodes, one ingest node, unless the test says otherwise. */
export const stackWith = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  exampleStack({ elasticsearch: { data: { replicas: 2 }, ...elasticsearch } });

export const oneNode = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  stackWith({ topology: 'Combined', data: { replicas: 1 }, ...elasticsearch });

/** One look and its actions, or the first so many of them as if the operator died then. */
export function step(model: StackModel, stack: ResolvedStack, actions = Number.POSITIVE_INFINITY): ElasticsearchPlan {
  const planned = plan(stack, model.observe(), templates);
  for (const action of planned.actions.slice(0, actions)) model.take(action);
  model.recordedUuid = planned.section.elasticsearch?.clusterUUID;
  return planned;
}

/** Looks and lets time pass until several looks in a row find nothing to do. Returns the last plan. */
export function settle(model: StackModel, stack: ResolvedStack, rounds = 200): ElasticsearchPlan {
  let quiet = 0;
  for (let round = 0; round < rounds; round += 1) {
    const planned = step(model, stack);
    quiet = planned.actions.length === 0 ? quiet + 1 : 0;
    if (quiet > 6) return planned;
    model.tick();
  }
  throw new Error(`Not quiet after ${rounds} rounds.`);
}

export const ready = (planned: ElasticsearchPlan): Finding | undefined =>
  planned.findings.find((finding) => finding.type === 'ElasticsearchReady');

/** The revision of every pod, with the name of its StatefulSet. */
export const revisions = (model: StackModel): Set<string> =>
  new Set([...model.pods.values()].map((pod) => `${pod.set}/${pod.revision}`));
