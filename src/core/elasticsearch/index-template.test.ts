// Tests of the index template: copies by redundancy, retention, what a trimmed distribution lacks, and how existing streams follow.
import { describe, expect, it } from 'vitest';
import { planIndexTemplate, templateFindings, wantedReplicas, wantedTemplate } from './index-template.ts';
import { untouched } from './look.testing.ts';
import type { AnsweredLook, Capabilities } from './observed.ts';
import { stackWith } from './plan.testing.ts';

const trimmed: Capabilities = { streamLifecycle: false, componentTemplates: [], matchOnlyText: false };
const full: Capabilities = {
  streamLifecycle: true,
  componentTemplates: ['logs@mappings', 'ecs@mappings'],
  matchOnlyText: true,
};

function look(facts: Partial<AnsweredLook> = {}, hotNodes = 2): AnsweredLook {
  return {
    answered: true,
    uuid: 'uuid-1',
    nodes: Array.from({ length: hotNodes }, (_, n) => ({ name: `n${n}`, version: '9.4.3', roles: ['data_hot'] })),
    health: { status: 'green', settled: true, initializing: 0, relocating: 0, unassigned: 0 },
    capabilities: trimmed,
    indexTemplate: undefined,
    ...untouched,
    ...facts,
  };
}

const withData = (replicas: number, redundancy: 'None' | 'Single' | 'Double' | 'Full') =>
  stackWith({ data: { replicas }, redundancy });
const written = (stack: ReturnType<typeof stackWith>, state: string, facts: Partial<AnsweredLook> = {}) => ({
  ...wantedTemplate(stack, look(facts)),
  _meta: { managed_by: 'loggingstack-operator', existing_streams: state },
});
const replicasIn = (body: Readonly<Record<string, unknown>>) =>
  (body['template'] as { settings: Record<string, string> }).settings['index.number_of_replicas'];

describe('redundancy-tier: copies', () => {
  it.each([
    ['None', 3, 0],
    ['Single', 1, 0],
    ['Single', 2, 1],
    ['Double', 2, 1],
    ['Double', 3, 2],
    ['Full', 1, 0],
    ['Full', 4, 3],
  ] as const)('%s on %i hot nodes are %i', (redundancy, nodes, copies) => {
    expect(wantedReplicas(withData(nodes, redundancy))).toBe(copies);
  });

  it('count nodes of the hot tier only', () => {
    const pools = [{ name: 'warm', roles: ['data_warm' as const], replicas: 4 }];
    expect(wantedReplicas(stackWith({ data: { replicas: 1 }, redundancy: 'Full', pools }))).toBe(0);
  });

  it('rise when all nodes have joined, and fall at once', () => {
    const before = written(withData(1, 'Single'), 'updated');
    const grown = withData(2, 'Single');
    expect(replicasIn(wantedTemplate(grown, look({ indexTemplate: before }, 1)))).toBe('0');
    expect(replicasIn(wantedTemplate(grown, look({ indexTemplate: before }, 2)))).toBe('1');
    const two = written(grown, 'updated');
    expect(replicasIn(wantedTemplate(grown, look({ indexTemplate: two }, 1)))).toBe('1');
    expect(replicasIn(wantedTemplate(withData(2, 'None'), look({ indexTemplate: two }, 1)))).toBe('0');
  });
});

describe('what the distribution lacks', () => {
  it('is left out of the template and reported', () => {
    const template = wantedTemplate(stackWith(), look());
    expect(template).toMatchObject({
      composed_of: [],
      template: { mappings: { properties: { '@timestamp': { type: 'date' }, message: { type: 'text' } } } },
    });
    expect(JSON.stringify(template)).not.toContain('lifecycle');
    expect(templateFindings(stackWith(), look({ indexTemplate: written(stackWith(), 'updated') }))).toMatchObject([
      { type: 'RetentionEffective', status: 'False', reason: 'LifecycleApiMissing' },
      { type: 'IndexTemplateReady', status: 'True', reason: 'PlainMappings' },
    ]);
  });

  it('is used where it is there', () => {
    const template = wantedTemplate(stackWith(), look({ capabilities: full }));
    expect(template).toMatchObject({
      composed_of: ['logs@mappings', 'ecs@mappings'],
      template: { lifecycle: { enabled: true, data_retention: '7d' } },
    });
    expect(JSON.stringify(template)).not.toContain('mappings":{');
    const facts = { capabilities: full, indexTemplate: written(stackWith(), 'updated', { capabilities: full }) };
    expect(templateFindings(stackWith(), look(facts))).toMatchObject([
      { type: 'RetentionEffective', status: 'True' },
      { type: 'IndexTemplateReady', status: 'True', reason: 'EcsMappings' },
    ]);
  });

  it.each([
    ['nothing is written yet', undefined],
    ['streams are still to be updated', written(stackWith(), 'pending', { capabilities: full })],
    [
      'somebody switched the lifecycle off',
      {
        ...written(stackWith(), 'updated', { capabilities: full }),
        template: {
          ...(wantedTemplate(stackWith(), look({ capabilities: full }))['template'] as object),
          lifecycle: { enabled: false, data_retention: '7d' },
        },
      },
    ],
  ])('retention is not effective while %s', (_name, indexTemplate) => {
    expect(templateFindings(stackWith(), look({ capabilities: full, indexTemplate }))).toMatchObject([
      { type: 'RetentionEffective', status: 'False', reason: 'TemplateOutdated' },
      { type: 'IndexTemplateReady', status: 'False', reason: 'TemplateOutdated' },
    ]);
  });

  it('is unknown without an answer', () => {
    expect(templateFindings(stackWith(), undefined).map((finding) => finding.status)).toEqual(['Unknown', 'Unknown']);
  });
});

describe('writing', () => {
  const kinds = (facts: Partial<AnsweredLook>) =>
    planIndexTemplate(stackWith(), look(facts)).map((action) =>
      action.kind === 'putIndexTemplate'
        ? (action.body['_meta'] as Record<string, string>)['existing_streams']
        : action.kind,
    );

  it('goes template, existing streams, note', () => {
    expect(kinds({})).toEqual(['pending', 'updateStreams', 'updated']);
  });

  it('is repeated from where a crash left it', () => {
    expect(kinds({ indexTemplate: written(stackWith(), 'pending') })).toEqual(['updateStreams', 'updated']);
    expect(kinds({ indexTemplate: written(stackWith(), 'updated') })).toEqual([]);
  });

  it('sees the form in which Elasticsearch returns the template as the same', () => {
    const returned = {
      ...written(stackWith(), 'updated'),
      data_stream: { hidden: false, allow_custom_routing: false },
      created_date_millis: 1,
      modified_date_millis: 2,
    };
    expect(kinds({ indexTemplate: returned })).toEqual([]);
  });

  it('repairs a template that somebody changed', () => {
    const edited = { ...written(stackWith(), 'updated'), priority: 100 };
    expect(kinds({ indexTemplate: edited })).toEqual(['pending', 'updateStreams', 'updated']);
  });
});
