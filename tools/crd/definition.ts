// The CustomResourceDefinition of LoggingStack: names, columns, subresources and the structural schema.
import {
  apiGroup,
  kind,
  loggingStackMetadata,
  loggingStackRules,
  loggingStackSpec,
} from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import { jsonSchema, type Schema, toStructural } from './structural.ts';

const condition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;
const dataPool = (field: string): string => `.status.elasticsearch.pools[?(@.name=="data")].${field}`;

/** One line that tells the story: is it ready, what runs, how healthy, how many data nodes of how many, and why. */
const columns = [
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

const openAPIV3Schema: Schema = {
  description: 'One logging stack: Elasticsearch, Kibana, Logstash and Filebeat, secured and changed safely.',
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: toStructural(jsonSchema(loggingStackMetadata), 'metadata'),
    spec: { description: 'What is wanted.', ...toStructural(jsonSchema(loggingStackSpec), 'spec') },
    status: { description: 'What the operator found.', ...toStructural(jsonSchema(loggingStackStatus), 'status') },
  },
  ...loggingStackRules,
};

const plural = 'loggingstacks';

export const loggingStackDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${apiGroup}` },
  spec: {
    group: apiGroup,
    scope: 'Namespaced',
    // Not in the category "all": kubectl delete all would take the logs with it.
    names: {
      kind,
      listKind: `${kind}List`,
      plural,
      singular: 'loggingstack',
      shortNames: ['lstack'],
      categories: ['logging'],
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        additionalPrinterColumns: columns,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.elasticsearch.data.replicas',
            statusReplicasPath: '.status.dataReplicas',
            labelSelectorPath: '.status.dataSelector',
          },
        },
        schema: { openAPIV3Schema },
      },
    ],
  },
};
