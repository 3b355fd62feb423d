// Tests of the two stages of looking, and of what a failed write to Elasticsearch means for the status.
import { describe, expect, it } from 'vitest';
import type { ElasticsearchAction } from '../../core/elasticsearch/actions.ts';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import type { ObjectAction } from '../../core/objects.ts';
import type { Finding } from '../../core/status/conditions.ts';
import { answering, answersOf, type Change, paths } from '../../elasticsearch/answers.testing.ts';
import { usualLimits } from '../../elasticsearch/client.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { EsFault } from '../../elasticsearch/faults.ts';
import { type Answer, type Received, startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import type { Hands, Look } from '../framework.ts';
import { elasticsearchComponent, planStep, withFailure } from './index.ts';
import { Patience } from './patience.ts';

const never = new AbortController().signal;

interface Scene {
  readonly needsDetail: (seen: Observed) => boolean;
  readonly instead?: Readonly<Record<string, Answer>>;
  readonly connected?: boolean;
  readonly changes?: readonly Change[];
  readonly patience?: Patience;
  /** Of the clock, in ms. */
  readonly now?: number;
  /** Objects of people about this stack, as the caches have them after the look. */
  readonly objects?: readonly KubeObject[];
}

/** Plans one step against a stand-in; returns what the planner was shown, call by call, and how long the caches had been read. */
async function stages(scene: Scene) {
  const { needsDetail, instead = {}, connected = true, changes, patience = new Patience(), now = 0 } = scene;
  const { objects = [] } = scene;
  const events: string[] = [];
  const answer = answering(answersOf('9.4', changes), instead);
  await using standIn = await startStandIn((request: Received) => {
    events.push(request.path.split('?')[0] ?? '');
    return answer(request);
  });
  const clients = new ElasticsearchClients({ ...usualLimits, retries: 0 });
  const look = {
    stack: { identity: { namespace: 'team', name: 'logs' } },
    object: {},
    now: new Date(0),
    runtime: {
      clock: { now: () => now },
      watches: {
        aboutStack: (kind: string) => objects.filter((one) => one.kind === kind),
        ofStack: (kind: string) => {
          if (kind === 'Pod') events.push('pods');
          return [];
        },
      },
    },
  } as unknown as Look;
  const shown: Observed[] = [];
  const planFor = (seen: Observed) => {
    shown.push(seen);
    return { needsDetail: needsDetail(seen), needsDeprecations: false, call: shown.length };
  };
  try {
    const connection = connected ? clients.of('team/logs', standIn.endpoint) : undefined;
    return { plan: await planStep(look, { connection, patience }, planFor, never), shown, events };
  } finally {
    clients.closeAll();
  }
}

describe('looking', () => {
  it('asks for no detail unless the planner does', async () => {
    const { plan, shown, events } = await stages({ needsDetail: () => false });
    expect(plan.call).toBe(1);
    expect(shown[0]?.cluster).toMatchObject({ answered: true, detail: undefined });
    expect(events).not.toContain(paths.state);
  });

  it('[drain-stale] takes the detail in the same reconcile, and the caches after it', async () => {
    const needsDetail = ({ cluster }: Observed) => cluster.answered && cluster.detail === undefined;
    const { plan, shown, events } = await stages({ needsDetail });
    expect(plan).toMatchObject({ needsDetail: false, call: 2 });
    expect(shown[1]?.cluster).toMatchObject({ answered: true, detail: { snapshotsInProgress: [] } });
    expect(events.slice(events.indexOf(paths.state))).toEqual([
      paths.state,
      paths.nodeStats,
      paths.settings,
      paths.snapshots,
      'pods',
    ]);
  });

  it('shows the planner snapshots that are due beside those that are being taken', async () => {
    const about = (kind: string, status: object): KubeObject => ({
      apiVersion: 'loggingstack.dev/v1alpha1',
      kind,
      metadata: { name: 'one', namespace: 'team' },
      spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' } },
      status,
    });
    const objects = [
      about('StackSnapshot', { state: 'Waiting', snapshotName: 'one-12345678' }),
      about('StackSnapshotSchedule', { waiting: ['nightly-1'] }),
    ];
    const { shown } = await stages({ needsDetail: () => true, objects });
    expect(shown[1]?.cluster).toMatchObject({
      detail: { snapshotsInProgress: ['backups/one-12345678', 'backups/nightly-1'] },
    });
  });

  it('[drain-fails-open] plans with the reason when the detail is half, and does not ask for ever', async () => {
    const instead = { [paths.nodeStats]: { status: 500 } };
    const { plan, shown } = await stages({ needsDetail: () => true, instead });
    expect(plan).toMatchObject({ needsDetail: true, call: 2 });
    expect(shown[1]?.cluster).toMatchObject({ answered: true, detail: undefined, detailFault: { code: 'EsBusy' } });
  });

  it('[drain-fails-open] keeps quiet of nodes that come or go meanwhile until it lasts, and authorises nothing by it', async () => {
    const patience = new Patience();
    const changes: readonly Change[] = [[[paths.state, 'nodes', 'id-m'], undefined]];
    const seenAt = async (now: number, scene: Partial<Scene> = {}) => {
      const { shown } = await stages({ needsDetail: () => true, patience, changes, now, ...scene });
      const cluster = shown.at(-1)?.cluster;
      if (cluster?.answered !== true) throw new Error('no answer');
      if (scene.changes === undefined) expect(cluster.detail).toBeUndefined();
      return cluster.detailFault?.code;
    };
    expect(await seenAt(0)).toBeUndefined();
    expect(await seenAt(29_999)).toBeUndefined();
    expect(await seenAt(30_000)).toBe('EsNodesChanged');
    // One whole look, or none that is needed, and it is another time.
    expect(await seenAt(31_000, { changes: [] })).toBeUndefined();
    expect(await seenAt(62_000)).toBeUndefined();
    await stages({ needsDetail: () => false, patience });
    expect(await seenAt(93_000)).toBeUndefined();
    expect(await seenAt(123_000)).toBe('EsNodesChanged');
  });

  it('asks nobody closer who gave no answer', async () => {
    const silent = await stages({ needsDetail: () => true, instead: { '/_cluster/health': { status: 500 } } });
    expect(silent.plan.call).toBe(1);
    expect((await stages({ needsDetail: () => true, connected: false })).plan.call).toBe(1);
  });
});

describe('a stack that is gone', () => {
  const labels = {
    'app.kubernetes.io/managed-by': 'loggingstack-operator',
    'loggingstack.dev/stack': 'logs',
    'loggingstack.dev/component': 'elasticsearch',
  };
  const pod = (name: string, metadata: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'team', uid: `uid-${name}`, resourceVersion: '1', labels, ...metadata },
  });

  it('[expand-volume] takes along the pods of a StatefulSet that was being made anew, and no others', async () => {
    const clients = new ElasticsearchClients(usualLimits);
    const done: ObjectAction[] = [];
    const hands: Hands = {
      live: () => undefined,
      ofStack: () => [
        pod('left'),
        pod('owned', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'u' }] }),
        pod('going', { deletionTimestamp: '2026-11-23T00:00:00Z' }),
        pod('another-component', { labels: { ...labels, 'loggingstack.dev/component': 'logstash' } }),
        pod('somebodys', { labels: { ...labels, 'app.kubernetes.io/managed-by': 'somebody' } }),
      ],
      act: (actions) => {
        done.push(...actions);
        return Promise.resolve();
      },
    };
    const gone = { namespace: 'team', name: 'logs', uid: '', generation: 0 };
    await elasticsearchComponent({}, clients).forget?.(gone, hands, never);
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'left' };
    expect(done).toEqual([{ kind: 'delete', reference, uid: 'uid-left', resourceVersion: '1' }]);
  });
});

describe('a failed write', () => {
  const fault = new EsFault('EsUnreachable', 'No connection.');
  const planned = {
    findings: ['ElasticsearchReady', 'RetentionEffective', 'IndexTemplateReady'].map((type): Finding => ({
      type,
      status: 'True',
      reason: 'Fine',
      message: '',
    })),
    refusals: [],
  };
  const said = (action: ElasticsearchAction) => withFailure(planned, { action, fault });

  it('of the template is said in both conditions that depend on it, and in no other', () => {
    const { findings, refusals } = said({ kind: 'putIndexTemplate', name: 'loggingstack-logs', body: {} });
    expect(findings.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      'ElasticsearchReady True Fine',
      'RetentionEffective False EsUnreachable',
      'IndexTemplateReady False EsUnreachable',
    ]);
    expect(refusals).toEqual([]);
  });

  it('of a drain is said as what holds the drain up', () => {
    const { findings, refusals } = said({ kind: 'addVotingExclusions', nodes: ['logs-es-master-2'] });
    expect(findings).toEqual(planned.findings);
    expect(refusals).toMatchObject([{ rule: 'ClusterUnknown', message: 'No connection.' }]);
  });
});
