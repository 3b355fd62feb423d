// Tests of the index template: copies by redundancy, retention, what a trimmed distribution lacks, and how existing streams follow.
import { describe, expect, it } from 'vitest';
import { copiesInTier } from './copies.ts';
import { planIndexTemplate, templateFindings, wantedTemplate } from './index-template.ts';
import { closerLook, untouched } from './look.testing.ts';
import type { AnsweredLook, Capabilities, IndexState } from './observed.ts';
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
  _meta: { managed_by: 'loggingstack-operator', existing_streams: state, copies: 'data_hot=1,data_content=1' },
});
const findingsOf = (seen: AnsweredLook | undefined) => {
  const planned = seen === undefined ? { actions: [], needsDetail: false } : planIndexTemplate(stackWith(), seen);
  return templateFindings(stackWith(), seen, planned);
};
const replicasIn = (body: Readonly<Record<string, unknown>>) =>
  (body['template'] as { settings: Record<string, string> }).settings['index.number_of_replicas'];

describe('[redundancy-tier] copies', () => {
  it.each([
    ['None', 3, 0],
    ['Single', 1, 0],
    ['Single', 2, 1],
    ['Double', 2, 1],
    ['Double', 3, 2],
    ['Full', 1, 0],
    ['Full', 4, 3],
  ] as const)('%s on %i hot nodes are %i', (redundancy, nodes, copies) => {
    expect(copiesInTier(withData(nodes, redundancy), 'data_hot')).toBe(copies);
  });

  it('count nodes of the hot tier only', () => {
    const pools = [{ name: 'warm', roles: ['data_warm' as const], replicas: 4 }];
    expect(copiesInTier(stackWith({ data: { replicas: 1 }, redundancy: 'Full', pools }), 'data_hot')).toBe(0);
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
    expect(findingsOf(look({ indexTemplate: written(stackWith(), 'updated') }))).toMatchObject([
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
    expect(findingsOf(look(facts))).toMatchObject([
      { type: 'RetentionEffective', status: 'True' },
      { type: 'IndexTemplateReady', status: 'True', reason: 'EcsMappings' },
    ]);
  });

  it('is told by name where only a part of it is there', () => {
    const capabilities = { ...full, componentTemplates: ['logs@mappings'] };
    const facts = { capabilities, indexTemplate: written(stackWith(), 'updated', { capabilities }) };
    expect(findingsOf(look(facts))[1]).toMatchObject({
      reason: 'EcsMappings',
      message: 'Fields are mapped by logs@mappings.',
    });
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
    expect(findingsOf(look({ capabilities: full, indexTemplate }))).toMatchObject([
      { type: 'RetentionEffective', status: 'False', reason: 'TemplateOutdated' },
      { type: 'IndexTemplateReady', status: 'False', reason: 'TemplateOutdated' },
    ]);
  });

  it('is unknown without an answer', () => {
    expect(findingsOf(undefined).map((finding) => finding.status)).toEqual(['Unknown', 'Unknown']);
  });
});

const index = (name: string, facts: Partial<IndexState> = {}): IndexState => ({
  name,
  replicas: 1,
  autoExpand: false,
  pinned: false,
  tierPreference: ['data_hot'],
  dataStream: 'logs-app-default',
  hidden: true,
  createdIn: '9.x',
  ...facts,
});

describe('writing', () => {
  const planned = (facts: Partial<AnsweredLook>, indices?: readonly IndexState[], stack = stackWith()) => {
    const seen = look(facts);
    const detail = indices === undefined ? undefined : { ...closerLook(seen.nodes), indices };
    const { actions, needsDetail } = planIndexTemplate(stack, { ...seen, detail });
    const kinds = actions.map((action) =>
      action.kind === 'putIndexTemplate'
        ? (action.body['_meta'] as Record<string, string>)['existing_streams']
        : action.kind === 'setReplicas'
          ? `${action.replicas} of ${action.indices.join()}`
          : action.kind,
    );
    return needsDetail ? [...kinds, 'needs detail'] : kinds;
  };

  it('goes template, then existing streams in a later look, then the note when nothing is left to do', () => {
    expect(planned({}, [index('a')])).toEqual(['pending']);
    const pending = { indexTemplate: written(stackWith(), 'pending') };
    expect(planned(pending)).toEqual(['needs detail']);
    expect(planned(pending, [index('a', { replicas: 0 }), index('b')])).toEqual(['1 of a']);
    expect(planned(pending, [index('a'), index('b')])).toEqual(['updated']);
  });

  it('is one write on a new cluster, which has no streams', () => {
    expect(planned({})).toEqual(['needs detail']);
    expect(planned({}, [])).toEqual(['updated']);
    expect(planned({}, [index('theirs', { dataStream: 'metrics-a-b' })])).toEqual(['updated']);
    expect(planned({ detailFault: { code: 'EsTimeout', message: 'No answer in time.' } })).toEqual(['pending']);
  });

  it('is noted in a look of its own on a cluster that had a template, also while no index is managed', () => {
    const before = { indexTemplate: { ...written(stackWith(), 'updated'), priority: 100 } };
    expect(planned(before, [index('a', { pinned: true })])).toEqual(['pending']);
    expect(planned({ indexTemplate: written(stackWith(), 'pending') }, [])).toEqual(['updated']);
  });

  describe('retention', () => {
    const stack = (maxAge: string) => ({ ...stackWith(), retention: { maxAge } });
    const noted = (maxAge: string, state: string, retention?: string) => {
      const { _meta, ...rest } = written(stack(maxAge), state, { capabilities: full });
      return { ...rest, _meta: { ..._meta, ...(retention === undefined ? {} : { retention }) } };
    };
    /** What streams are brought from, and what is noted. */
    const brought = (maxAge: string, indexTemplate: AnsweredLook['indexTemplate']) => {
      const seen = look({ capabilities: full, indexTemplate });
      const { actions } = planIndexTemplate(stack(maxAge), {
        ...seen,
        detail: { ...closerLook(seen.nodes), indices: [index('a')] },
      });
      return actions.map((action) =>
        action.kind === 'updateStreams'
          ? `from ${action.from.map((one) => one ?? 'none').join()} to ${action.retention}`
          : action.kind === 'putIndexTemplate'
            ? `noted ${String((action.body['_meta'] as Record<string, unknown>)['retention'])}`
            : action.kind,
      );
    };

    it('is brought to streams that were there before the first template', () => {
      expect(brought('7d', undefined)).toEqual(['noted none,7d']);
      expect(brought('7d', noted('7d', 'pending', 'none,7d'))).toEqual(['from none,7d to 7d', 'noted 7d']);
    });

    it('of streams is left alone when something else of the template changes', () => {
      expect(brought('7d', { ...noted('7d', 'updated', '7d'), priority: 100 })).toEqual(['noted 7d']);
      expect(brought('7d', noted('7d', 'pending', '7d'))).toEqual(['noted 7d']);
    });

    it('that is edited, and edited back half way, finds all that the operator gave', () => {
      expect(brought('14d', noted('7d', 'updated', '7d'))).toEqual(['noted 7d,14d']);
      expect(brought('7d', noted('14d', 'pending', '7d,14d'))).toEqual(['noted 7d,14d']);
      expect(brought('7d', noted('7d', 'pending', '7d,14d'))).toEqual(['from 7d,14d to 7d', 'noted 7d']);
    });
  });

  it('rests when all is as it should be', () => {
    expect(planned({ indexTemplate: written(stackWith(), 'updated') })).toEqual([]);
    expect(planned({ indexTemplate: written(stackWith(), 'updated') }, [index('a')])).toEqual([]);
  });

  it.each<[string, Partial<IndexState>]>([
    ['is no stream of logs', { dataStream: 'metrics-app-default' }],
    ['is no data stream at all', { dataStream: undefined }],
    ['follows the nodes by itself', { autoExpand: true }],
    ['was pinned by a user', { pinned: true }],
  ])('[redundancy-tier] leaves an index alone that %s', (_name, facts) => {
    expect(
      planned({ indexTemplate: written(stackWith(), 'pending') }, [index('a', { replicas: 3, ...facts })]),
    ).toEqual(['updated']);
  });

  it('sees the form in which Elasticsearch returns the template as the same', () => {
    const returned = {
      ...written(stackWith(), 'updated'),
      data_stream: { hidden: false, allow_custom_routing: false },
      created_date_millis: 1,
      modified_date_millis: 2,
    };
    expect(planned({ indexTemplate: returned })).toEqual([]);
  });

  it('repairs a template that somebody changed', () => {
    expect(planned({ indexTemplate: { ...written(stackWith(), 'updated'), priority: 100 } })).toEqual(['pending']);
  });

  it('repeats what was noted by an operator that knew no tiers', () => {
    const indexTemplate = { ...written(stackWith(), 'updated'), _meta: { existing_streams: 'updated' } };
    expect(planned({ indexTemplate })).toEqual(['pending']);
  });

  describe('[redundancy-tier] with a warm tier of one node beside two hot ones', () => {
    const tiered = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 1 }] });
    const hotAndWarm = [...look().nodes, { name: 'w0', version: '9.4.3', roles: ['data_warm'] }];
    const meta = (copies: string) => ({ managed_by: 'loggingstack-operator', existing_streams: 'updated', copies });
    const template = { ...written(tiered, 'updated'), _meta: meta('data_hot=1,data_content=1,data_warm=0') };
    const facts = { nodes: hotAndWarm, indexTemplate: template };
    const yellow = { status: 'yellow', settled: true, initializing: 0, relocating: 0, unassigned: 1 } as const;
    const warm = index('old', { tierPreference: ['data_warm', 'data_hot'] });

    it('an index that moved there keeps no copy, one that is hot keeps one', () => {
      expect(planned(facts, [warm, index('new')], tiered)).toEqual(['0 of old']);
    });

    it('looks closer when copies have no place, and only then', () => {
      expect(planned(facts, undefined, tiered)).toEqual([]);
      expect(planned({ ...facts, health: yellow }, undefined, tiered)).toEqual(['needs detail']);
      expect(planned({ ...facts, health: { ...yellow, initializing: 1 } }, undefined, tiered)).toEqual([]);
    });

    it('the template is as it should be also while copies have no place', () => {
      const seen = look({
        ...facts,
        health: yellow,
        detailFault: { code: 'EsTimeout', message: 'No answer in time.' },
      });
      expect(templateFindings(tiered, seen, planIndexTemplate(tiered, seen))[1]).toMatchObject({ status: 'True' });
    });

    it('copies of that tier rise when its second node has joined', () => {
      const two = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 2 }] });
      expect(planned(facts, undefined, two)).toEqual([]);
      const joined = { ...facts, nodes: [...hotAndWarm, { name: 'w1', version: '9.4.3', roles: ['data_warm'] }] };
      expect(planned(joined, undefined, two)).toEqual(['pending']);
      const pending = {
        ...template,
        _meta: { ...meta('data_hot=1,data_content=1,data_warm=1'), existing_streams: 'pending' },
      };
      expect(planned({ ...joined, indexTemplate: pending }, [{ ...warm, replicas: 0 }], two)).toEqual(['1 of old']);
    });
  });
});
