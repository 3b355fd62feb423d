// The CustomResourceDefinitions: names, columns, subresources and the structural schemas.
import type { z } from 'zod';
import {
  apiGroup,
  kind,
  loggingStackMetadata,
  loggingStackRules,
  loggingStackSpec,
} from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import {
  acceptedCondition,
  repositoryReadyCondition,
  stackRepositoryKind,
  stackRepositorySpec,
  stackRepositoryStatus,
} from '../../src/api/stack-repository.ts';
import {
  stackRestoreKind,
  stackRestoreRules,
  stackRestoreSpec,
  stackRestoreStatus,
} from '../../src/api/stack-restore.ts';
import {
  completeCondition,
  stackSnapshotKind,
  stackSnapshotSpec,
  stackSnapshotStatus,
} from '../../src/api/stack-snapshot.ts';
import {
  currentCondition,
  scheduleReadyCondition,
  stackSnapshotScheduleKind,
  stackSnapshotScheduleSpec,
  stackSnapshotScheduleStatus,
} from '../../src/api/stack-snapshot-schedule.ts';
import { plannedCondition, stackPlanKind, stackPlanSpec, stackPlanStatus } from '../../src/api/stack-plan.ts';
import { jsonSchema, type Schema, toStructural } from './structural.ts';

const condition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;
const dataPool = (field: string): string => `.status.elasticsearch.pools[?(@.name=="data")].${field}`;

/** One line that tells the story of a stack: is it ready, what runs, how healthy, how many data nodes of how many, and why. */
const stackColumns = [
  { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status') },
  { name: 'Health', type: 'string', jsonPath: '.status.elasticsearch.health' },
  { name: 'Version', type: 'string', jsonPath: '.status.version' },
  { name: 'Data', type: 'integer', jsonPath: dataPool('ready'), description: 'Data nodes that are ready.' },
  { name: 'Of', type: 'integer', jsonPath: '.spec.elasticsearch.data.replicas', description: 'Data nodes wanted.' },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason') },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Message', type: 'string', jsonPath: condition('Ready', 'message'), priority: 1 },
  { name: 'Blocked', type: 'string', jsonPath: '.status.blocked[*].rule', priority: 1 },
  { name: 'Elasticsearch', type: 'string', jsonPath: '.status.elasticsearch.endpoint', priority: 1 },
];

/** A plan in one line: is it there, of which stack, how many steps are refused, what would be lost, and until when it stands. */
const planColumns = [
  { name: 'Stack', type: 'string', jsonPath: '.spec.stackRef.name' },
  { name: 'Planned', type: 'string', jsonPath: condition(plannedCondition, 'status') },
  { name: 'Refused', type: 'string', jsonPath: '.status.refusals[*].rule' },
  { name: 'Lost', type: 'integer', jsonPath: '.status.bytesLost', description: 'Bytes of logs that would be lost.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Expires', type: 'string', jsonPath: '.status.expiresAt' },
  { name: 'Message', type: 'string', jsonPath: condition(plannedCondition, 'message'), priority: 1 },
];

const repositoryColumns = [
  { name: 'Stack', type: 'string', jsonPath: '.spec.stackRef.name' },
  { name: 'Type', type: 'string', jsonPath: '.spec.type' },
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 1 },
  { name: 'Ready', type: 'string', jsonPath: condition(repositoryReadyCondition, 'status') },
  { name: 'Reason', type: 'string', jsonPath: condition(repositoryReadyCondition, 'reason') },
  { name: 'Verified', type: 'date', jsonPath: '.status.verifiedAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Path', type: 'string', jsonPath: '.status.basePath', priority: 1 },
  { name: 'Accepted', type: 'string', jsonPath: condition(acceptedCondition, 'reason'), priority: 1 },
  { name: 'Message', type: 'string', jsonPath: condition(repositoryReadyCondition, 'message'), priority: 1 },
];

const snapshotColumns = [
  { name: 'Stack', type: 'string', jsonPath: '.spec.stackRef.name' },
  { name: 'State', type: 'string', jsonPath: '.status.state' },
  { name: 'Percent', type: 'integer', jsonPath: '.status.percent', description: 'How much of it is copied.' },
  { name: 'Size', type: 'string', jsonPath: '.status.size' },
  { name: 'Duration', type: 'string', jsonPath: '.status.duration' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Repository', type: 'string', jsonPath: '.spec.repositoryRef.name', priority: 1 },
  { name: 'Snapshot', type: 'string', jsonPath: '.status.snapshotName', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: condition(completeCondition, 'message'), priority: 1 },
];

const scheduleColumns = [
  { name: 'Stack', type: 'string', jsonPath: '.spec.stackRef.name' },
  { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
  { name: 'Zone', type: 'string', jsonPath: '.spec.timeZone' },
  { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend' },
  { name: 'Ready', type: 'string', jsonPath: condition(scheduleReadyCondition, 'status') },
  { name: 'Current', type: 'string', jsonPath: condition(currentCondition, 'status') },
  { name: 'Last Good', type: 'date', jsonPath: '.status.lastGood.startedAt' },
  { name: 'Kept', type: 'integer', jsonPath: '.status.kept' },
  { name: 'Next', type: 'string', jsonPath: '.status.nextRun' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Reason', type: 'string', jsonPath: condition(currentCondition, 'reason'), priority: 1 },
  { name: 'Message', type: 'string', jsonPath: condition(currentCondition, 'message'), priority: 1 },
];

const restoreColumns = [
  { name: 'Stack', type: 'string', jsonPath: '.spec.stackRef.name' },
  { name: 'Complete', type: 'string', jsonPath: condition(completeCondition, 'status') },
  { name: 'Reason', type: 'string', jsonPath: condition(completeCondition, 'reason') },
  { name: 'Percent', type: 'integer', jsonPath: '.status.percent', description: 'How much of it is restored.' },
  { name: 'Size', type: 'string', jsonPath: '.status.size' },
  { name: 'Held', type: 'boolean', jsonPath: '.status.held', description: 'Whether retention leaves it alone.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Snapshot', type: 'string', jsonPath: '.status.snapshotName', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: condition(completeCondition, 'message'), priority: 1 },
];

interface Kind<Subresources> {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: string[];
  readonly description: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly jsonPath: string }[];
  readonly subresources: Subresources;
  /** Of `metadata`, `spec` and `status`. */
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly rules: Schema;
}

/** Everything that the kinds have in common. */
function definition<Subresources>(of: Kind<Subresources>) {
  const openAPIV3Schema: Schema = {
    description: of.description,
    type: 'object',
    required: ['spec'],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...of.schemas },
    ...of.rules,
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${of.plural}.${apiGroup}` },
    spec: {
      group: apiGroup,
      scope: 'Namespaced',
      // Not in the category "all": kubectl delete all would take the logs with it.
      names: {
        kind: of.kind,
        listKind: `${of.kind}List`,
        plural: of.plural,
        singular: of.kind.toLowerCase(),
        shortNames: of.shortNames,
        categories: ['logging'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: of.columns,
          subresources: of.subresources,
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}

const spec = (schema: z.ZodType): Schema => ({
  description: 'What is wanted.',
  ...toStructural(jsonSchema(schema), 'spec'),
});
const status = (schema: z.ZodType): Schema => ({
  description: 'What the operator found.',
  ...toStructural(jsonSchema(schema), 'status'),
});

export const loggingStackDefinition = definition({
  kind,
  plural: 'loggingstacks',
  shortNames: ['lstack'],
  description: 'One logging stack: Elasticsearch, Kibana, Logstash and Filebeat, secured and changed safely.',
  columns: stackColumns,
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.elasticsearch.data.replicas',
      statusReplicasPath: '.status.dataReplicas',
      labelSelectorPath: '.status.dataSelector',
    },
  },
  schemas: {
    metadata: toStructural(jsonSchema(loggingStackMetadata), 'metadata'),
    spec: spec(loggingStackSpec),
    status: status(loggingStackStatus),
  },
  rules: loggingStackRules,
});

export const stackPlanDefinition = definition({
  kind: stackPlanKind,
  plural: 'stackplans',
  shortNames: ['splan'],
  description: 'What a change of a LoggingStack would mean: its steps, refusals and losses, before anybody applies it.',
  columns: planColumns,
  subresources: { status: {} },
  schemas: { spec: spec(stackPlanSpec), status: status(stackPlanStatus) },
  rules: {},
});

export const stackRepositoryDefinition = definition({
  kind: stackRepositoryKind,
  plural: 'stackrepositories',
  shortNames: ['srepo'],
  description: 'Where snapshots of a LoggingStack live. It outlives stacks, owns nothing and is owned by nobody.',
  columns: repositoryColumns,
  subresources: { status: {} },
  schemas: { spec: spec(stackRepositorySpec), status: status(stackRepositoryStatus) },
  rules: {},
});

export const stackSnapshotDefinition = definition({
  kind: stackSnapshotKind,
  plural: 'stacksnapshots',
  shortNames: ['ssnap'],
  description: 'One snapshot of a LoggingStack, taken when it is asked for.',
  columns: snapshotColumns,
  subresources: { status: {} },
  schemas: { spec: spec(stackSnapshotSpec), status: status(stackSnapshotStatus) },
  rules: {},
});

export const stackSnapshotScheduleDefinition = definition({
  kind: stackSnapshotScheduleKind,
  plural: 'stacksnapshotschedules',
  shortNames: ['ssched'],
  description: 'Snapshots of a LoggingStack at times by the calendar, and which of them are kept.',
  columns: scheduleColumns,
  subresources: { status: {} },
  schemas: { spec: spec(stackSnapshotScheduleSpec), status: status(stackSnapshotScheduleStatus) },
  rules: {},
});

export const stackRestoreDefinition = definition({
  kind: stackRestoreKind,
  plural: 'stackrestores',
  shortNames: ['srest'],
  description: 'Brings data streams of a snapshot back into a LoggingStack.',
  columns: restoreColumns,
  subresources: { status: {} },
  schemas: { spec: spec(stackRestoreSpec), status: status(stackRestoreStatus) },
  rules: stackRestoreRules,
});

/** All kinds, in the order in which they are installed. */
export const definitions = [
  loggingStackDefinition,
  stackPlanDefinition,
  stackRepositoryDefinition,
  stackSnapshotDefinition,
  stackSnapshotScheduleDefinition,
  stackRestoreDefinition,
] as const;
