// For tests of the planner: config templates, stacks of a usual shape, and the condition that says whether they are ready.
import { join } from 'node:path';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { loadTemplates } from '../../templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleStack } from '../stack.testing.ts';
import type { Finding } from '../status/conditions.ts';
import type { ElasticsearchPlan } from './plan.ts';

export const templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));

type ElasticsearchSpec = Partial<NonNullable<LoggingStackSpec['elasticsearch']>>;

/** A harmless change of the configuration, so that every node has to be replaced. */
export const changedConfig = { 'indices.memory.index_buffer_size': '20%' } as const;
/** A change that no node of the simulator starts with. */
export const badConfig = { 'bad.setting': '1' } as const;

/** Three masters, two data nodes, one ingest node, unless the test says otherwise. */
export const stackWith = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  exampleStack({ elasticsearch: { data: { replicas: 2 }, ...elasticsearch } });

export const oneNode = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  stackWith({ topology: 'Combined', data: { replicas: 1 }, ...elasticsearch });

export const ready = (planned: ElasticsearchPlan): Finding | undefined =>
  planned.findings.find((finding) => finding.type === 'ElasticsearchReady');
