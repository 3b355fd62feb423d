// Tests of single moves of pools, through the planner on looks that are changed by hand: which template comes to which pods, and when.
import { describe, expect, it } from 'vitest';
import { startedStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import { isElasticsearchAction } from './actions.ts';
import type { Observed } from './observed.ts';
import { type ElasticsearchPlan, plan } from './plan.ts';
import { changedConfig, ready, stackWith, templates } from './plan.testing.ts';

const look = (stack: ResolvedStack): Observed => startedStack(stack).observe({ detail: true });
const seen = look(stackWith());

/** The look with one object changed, or left out. */
const changed = (
  kind: string,
  name: string,
  change: (object: KubeObject) => KubeObject | undefined,
  observed: Observed = seen,
): Observed => ({
  ...observed,
  objects: observed.objects.flatMap((object) =>
    object.kind === kind && object.metadata.name === name ? (change(object) ?? []) : [object],
  ),
});

type Fields = Readonly<Record<string, unknown>>;
const fields = (object: KubeObject, field: 'spec' | 'status'): Fields => (object[field] ?? {}) as Fields;
const withSpec = (more: Fields) => (object: KubeObject) => ({
  ...object,
  spec: { ...fields(object, 'spec'), ...more },
});
const withStatus = (more: Fields) => (object: KubeObject) => ({
  ...object,
  status: { ...fields(object, 'status'), ...more },
});
const rolling = (partition: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly { readonly name: string }[];
    readonly volumes: readonly { readonly name: string }[];
  };
}
const templateOf = (object: KubeObject): PodTemplate => fields(object, 'spec')['template'] as PodTemplate;
/** Changes the pod template of a StatefulSet, as somebody would by hand. */
const withTemplate = (change: (spec: PodTemplate['spec']) => object) => (object: KubeObject) => {
  const template = templateOf(object);
  return withSpec({ template: { ...template, spec: { ...template.spec, ...change(template.spec) } } })(object);
};

const withRevision = (revision: string) => (object: KubeObject) => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'controller-revision-hash': revision } },
});

/** A data pool that is being rolled: the upper pod is of the newest template, the lower one of the one before. */
function halfRolled(partition: number, upper: { readonly ready: boolean }): Observed {
  const ready = { conditions: [{ type: 'Ready', status: upper.ready ? 'True' : 'False' }] };
  const revisions = { currentRevision: 'before', updateRevision: 'newest' };
  const set = changed('StatefulSet', 'logs-es-data', (object) =>
    withStatus(revisions)(withSpec(rolling(partition))(object)),
  );
  const below = changed('Pod', 'logs-es-data-0', withRevision('before'), set);
  return changed('Pod', 'logs-es-data-1', (object) => withStatus(ready)(withRevision('newest')(object)), below);
}

/** What a plan writes of a StatefulSet; undefined when it leaves it alone. */
const written = ({ actions }: ElasticsearchPlan, set: string): KubeObject | undefined =>
  actions
    .flatMap((action) => (action.kind === 'apply' ? [action.object] : []))
    .find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === set);
const shape = (planned: ElasticsearchPlan, set = 'logs-es-data') => {
  const object = written(planned, set);
  const { replicas, updateStrategy } = object === undefined ? {} : fields(object, 'spec');
  return object === undefined ? undefined : { replicas, updateStrategy };
};

const three = stackWith({ data: { replicas: 3 } });

describe('a pool that grows while it rolls', () => {
  it('grows on the newest template when its pods are ready', () => {
    const planned = plan(three, halfRolled(1, { ready: true }), templates);
    expect(shape(planned)).toEqual({ replicas: 3, ...rolling(1) });
  });

  it('[bad-config-roll] does not grow on a newest template whose pods are not ready', () => {
    expect(shape(plan(three, halfRolled(1, { ready: false }), templates))).toEqual({ replicas: 2, ...rolling(1) });
  });

  it('[bad-config-roll] grows on the template before where that is what missing pods get', () => {
    const planned = plan(three, halfRolled(2, { ready: false }), templates);
    expect(shape(planned)).toEqual({ replicas: 3, ...rolling(3) });
  });
});

it('a window is closed by a new template also before the turn of its pool', () => {
  const open = changed('StatefulSet', 'logs-es-master', withSpec({ updateStrategy: { type: 'OnDelete' } }));
  const planned = plan(stackWith({ config: changedConfig }), open, templates);
  expect(shape(planned, 'logs-es-master')).toEqual({ replicas: 3, ...rolling(3) });
});

describe('a pool before its turn', () => {
  const five = stackWith({ config: changedConfig, master: { replicas: 5 } });

  it('grows on the template that all its pods have, and not while its status is old', () => {
    expect(written(plan(five, seen, templates), 'logs-es-master')?.['spec']).toEqual({ replicas: 5 });
    const behind = changed('StatefulSet', 'logs-es-master', withStatus({ observedGeneration: 0 }));
    expect(written(plan(five, behind, templates), 'logs-es-master')).toBeUndefined();
  });

  const crashing = {
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [{ name: 'elasticsearch', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  };
  const stuck = changed('Pod', 'logs-es-master-1', withStatus(crashing));
  const rolled = stackWith({ config: changedConfig });

  it('[evicted-early] gives no template to a pod that is stuck where nobody wrote down its version', () => {
    expect(written(plan(rolled, stuck, templates), 'logs-es-master')).toBeDefined();
    const unknown = changed(
      'StatefulSet',
      'logs-es-master',
      ({ metadata, ...object }) => {
        const others = Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== annotations.version);
        return { ...object, metadata: { ...metadata, annotations: Object.fromEntries(others) } };
      },
      stuck,
    );
    expect(written(plan(rolled, unknown, templates), 'logs-es-master')).toBeUndefined();
  });

  it('gives a pod that is stuck the image of its version where the template lost it', () => {
    const without = withTemplate(() => ({ containers: [{ name: 'other' }] }));
    const lost = changed('StatefulSet', 'logs-es-master', without, stuck);
    const set = written(plan(rolled, lost, templates), 'logs-es-master');
    expect(set === undefined ? [] : templateOf(set).spec.containers).toMatchObject([
      { name: 'elasticsearch', image: 'example.test/elasticsearch:9.4.3' },
    ]);
  });

  it('gives a pod without a place a template that asks for less of a Kubernetes node', () => {
    const unschedulable = {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
      ],
    };
    const demanding = { master: { replicas: 3, nodeSelector: { disk: 'fast' } } };
    const held = changed('Pod', 'logs-es-master-1', withStatus(unschedulable), look(stackWith(demanding)));
    const early = (stack: ResolvedStack) => written(plan(stack, held, templates), 'logs-es-master') !== undefined;
    expect(early(stackWith({ config: changedConfig }))).toBe(true);
    expect(early(stackWith({ ...demanding, config: changedConfig }))).toBe(false);
  });
});

describe('a template that is not the wanted one comes to no pod by itself', () => {
  it('when somebody changed it by hand', () => {
    const edited = changed(
      'StatefulSet',
      'logs-es-data',
      withTemplate(({ containers }) => ({ containers: containers.map((one) => ({ ...one, image: 'other' })) })),
    );
    expect(shape(plan(stackWith(), edited, templates))).toEqual({ replicas: 2, ...rolling(2) });
  });

  it('when the spec no longer has what stands in it', () => {
    const before = look(stackWith({ data: { replicas: 2, nodeSelector: { disk: 'fast' } } }));
    expect(shape(plan(stackWith(), before, templates))).toEqual({ replicas: 2, ...rolling(2) });
  });
});

describe('the config of a pool', () => {
  const name = seen.objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('logs-es-data-config-'),
  )?.metadata.name;

  it('stays, wherever in the template it stands', () => {
    const rolesFirst = withTemplate(({ volumes }) => ({
      volumes: volumes.toSorted((one, other) => Number(other.name === 'roles') - Number(one.name === 'roles')),
    }));
    const planned = plan(stackWith(), changed('StatefulSet', 'logs-es-data', rolesFirst), templates);
    expect([planned.actions, ready(planned)?.status]).toEqual([[], 'True']);
  });

  it('of a former template stays until no pod can come back on it', () => {
    const former = { ...seen.objects.find(({ metadata }) => metadata.name === name) } as KubeObject;
    const old = { ...former, metadata: { ...former.metadata, name: 'logs-es-data-config-old' } };
    const both = { ...seen, objects: [...seen.objects, old] };
    const deleted = (observed: Observed) =>
      plan(stackWith(), observed, templates).actions.flatMap((action) =>
        action.kind === 'delete' ? [action.reference.name] : [],
      );
    expect(deleted(both)).toEqual(['logs-es-data-config-old']);
    const unproven = changed('StatefulSet', 'logs-es-data', withStatus({ currentRevision: 'before' }), both);
    expect(deleted(unproven)).toEqual([]);
    const unready = withStatus({ conditions: [{ type: 'Ready', status: 'False' }] });
    const down = { ...both, objects: both.objects.map((one) => (one.kind === 'Pod' ? unready(one) : one)) };
    expect(deleted(down), 'no pod serves').toEqual([]);
    const leaving = changed('Pod', 'logs-es-data-1', unready, both);
    const { cluster } = leaving;
    if (!cluster.answered) throw new Error('the cluster answers');
    const nodes = cluster.nodes.filter((node) => node.name !== 'logs-es-data-1');
    const one = stackWith({ data: { replicas: 1 } });
    const left = plan(one, { ...leaving, cluster: { ...cluster, nodes } }, templates);
    expect(
      left.actions.map(({ kind }) => kind),
      'one that leaves does not serve',
    ).not.toContain('delete');
  });

  it('is made again when somebody deleted it', () => {
    const lost = changed('ConfigMap', name ?? '', () => undefined);
    expect(plan(stackWith(), lost, templates).actions).toMatchObject([
      { kind: 'create', object: { kind: 'ConfigMap', metadata: { name } } },
    ]);
  });
});

describe('a plan', () => {
  const silent = { answered: false, code: 'EsUnreachable', message: 'No connection.' } as const;

  it('of a new stack asks for no closer look, and is made anew within seconds', () => {
    const empty = { ...seen, objects: [], recordedUuid: undefined, cluster: silent };
    const planned = plan(stackWith(), empty, templates);
    expect(planned.needsDetail).toBe(false);
    expect(planned.requeueAfterSeconds).toBe(5);
    expect(plan(stackWith(), { ...seen, cluster: silent }, templates).needsDetail).toBe(false);
  });

  it('that told Elasticsearch something is made anew after one second', () => {
    const { cluster } = seen;
    if (!cluster.answered) throw new Error('the cluster answers');
    const lacking = { ...seen, cluster: { ...cluster, indexTemplate: undefined } };
    const planned = plan(stackWith(), lacking, templates);
    expect(planned.actions).toMatchObject([{ kind: 'putIndexTemplate' }]);
    expect(planned.requeueAfterSeconds).toBe(1);
  });

  it('of a roll that waits for a moment is made anew after one second', () => {
    const planned = plan(stackWith(), halfRolled(1, { ready: false }), templates);
    expect(planned.actions.filter(isElasticsearchAction)).toEqual([]);
    expect(planned.requeueAfterSeconds).toBe(1);
  });

  it('[second-cluster] tells nothing to a cluster that is not the one of the volumes', () => {
    const { cluster } = seen;
    if (!cluster.answered) throw new Error('the cluster answers');
    const foreign = { ...seen, cluster: { ...cluster, uuid: 'another', indexTemplate: undefined } };
    const planned = plan(stackWith(), foreign, templates);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(planned.actions).toEqual([]);
  });
});
