// Tests of what a new stack begins with: a StackRestore that follows the spec until it has begun, and no logs before it is complete.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiVersion } from '../../api/logging-stack.ts';
import type { RestoreFrom, StackRestoreStatus } from '../../api/stack-restore.ts';
import { loadTemplates } from '../../templates.ts';
import { planFilebeat } from '../filebeat/plan.ts';
import type { KubeObject, ObjectReference } from '../kubernetes.ts';
import { planLogstash } from '../logstash/plan.ts';
import { componentLabels } from '../names.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { liveSecrets, secretsOfLogstash } from '../workloads.testing.ts';
import { awaitedRestore, planFirstRestore } from './first-restore.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

const restoreFrom: RestoreFrom = { type: 'LatestGood', repositoryRef: { name: 'backups' } };
const stackOf = (changes?: Partial<RestoreFrom>) =>
  exampleStack(changes === undefined ? {} : { restoreFrom: { ...restoreFrom, ...changes } });

const owned = (component: 'stack' | 'logstash', object: Omit<KubeObject, 'metadata'> & { name: string }) => {
  const { name, ...rest } = object;
  const { namespace } = exampleIdentity;
  return {
    ...rest,
    metadata: { name, namespace, uid: name, resourceVersion: '7', labels: componentLabels(exampleIdentity, component) },
  } as KubeObject;
};
const logstash = owned('logstash', { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-ls', spec: {} });

const cacheOf =
  (...objects: readonly KubeObject[]) =>
  ({ kind, name }: ObjectReference): KubeObject | undefined =>
    objects.find((one) => one.kind === kind && one.metadata.name === name) ??
    liveSecrets(secretsOfLogstash)({ apiVersion: 'v1', kind, name });

/** As the first plan makes it, and then with a status. */
function made(status?: StackRestoreStatus, changes: Partial<RestoreFrom> = {}): KubeObject {
  const [action] = planFirstRestore(stackOf(changes), cacheOf()).actions;
  if (action?.kind !== 'create') throw new Error('no StackRestore was made');
  const metadata = { ...action.object.metadata, uid: 'uid-first', resourceVersion: '7' };
  return { ...action.object, metadata, ...(status === undefined ? {} : { status }) };
}

const begun = { startedAt: '2026-11-22T12:00:00Z' };
const withCondition = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): StackRestoreStatus => ({
  conditions: [{ type: 'Complete', status, reason, message, lastTransitionTime: '2026-11-22T12:00:00Z' }],
});

describe('the StackRestore of a new stack', () => {
  const kinds = (...of: Parameters<typeof planFirstRestore>) => planFirstRestore(...of).actions.map(({ kind }) => kind);

  it('is made under a name of its own, owned by the stack, with what the spec says', () => {
    const full = stackOf({ scheduleRef: { name: 'nightly' }, dataStreams: ['logs-a-*'], retentionHold: false });
    const [action] = planFirstRestore(full, cacheOf()).actions;
    expect(action).toMatchObject({
      kind: 'create',
      fieldManager: 'loggingstack-stack',
      object: {
        apiVersion,
        kind: 'StackRestore',
        metadata: { name: 'logs-first', namespace: 'team', ownerReferences: [{ name: 'logs', controller: true }] },
        spec: {
          stackRef: { name: 'logs' },
          source: { type: 'LatestGood', repositoryRef: { name: 'backups' }, scheduleRef: { name: 'nightly' } },
          dataStreams: ['logs-a-*'],
          retentionHold: false,
        },
      },
    });
    expect(planFirstRestore(stackOf(), cacheOf()).actions).toEqual([]);
    expect(kinds(stackOf({}), cacheOf(made()))).toEqual([]);
  });

  it('follows every edit until it has begun, and none afterwards', () => {
    const edited = stackOf({ dataStreams: ['logs-b-*'] });
    expect(planFirstRestore(edited, cacheOf(made())).actions).toMatchObject([
      { kind: 'apply', object: { spec: { dataStreams: ['logs-b-*'] } } },
    ]);
    expect(planFirstRestore(edited, cacheOf(made(begun))).actions).toEqual([]);
  });

  it('goes when nothing is to be restored any more, but not when it has begun', () => {
    expect(planFirstRestore(stackOf(), cacheOf(made())).actions).toMatchObject([
      { kind: 'delete', uid: 'uid-first', resourceVersion: '7' },
    ]);
    expect(kinds(stackOf(), cacheOf(made(begun)))).toEqual([]);
  });

  it('has its hold followed to the end where the stack says something of it', () => {
    const released = planFirstRestore(stackOf({ retentionHold: false, dataStreams: ['x'] }), cacheOf(made(begun)));
    expect(released.actions).toMatchObject([{ kind: 'apply', object: { spec: { retentionHold: false } } }]);
    expect(JSON.stringify(released.actions)).not.toContain('"x"');
    const own = made(begun);
    const byHand = { ...own, spec: { ...(own['spec'] as object), retentionHold: false } };
    expect(kinds(stackOf({}), cacheOf(byHand))).toEqual([]);
  });

  it('is not made for a stack that has taken in logs', () => {
    expect(kinds(stackOf({}), cacheOf(logstash))).toEqual([]);
  });

  it('of somebody else is refused by name, and left untouched', () => {
    const foreign = { apiVersion, kind: 'StackRestore', metadata: { name: 'logs-first', namespace: 'team' }, spec: {} };
    const plan = planFirstRestore(stackOf({}), cacheOf(foreign));
    expect(plan.actions).toEqual([]);
    expect(plan.refusals).toMatchObject([{ rule: 'ForeignObject', subject: 'StackRestore/logs-first' }]);
    expect(kinds(stackOf(), cacheOf(foreign))).toEqual([]);
  });
});

describe('[restore-races] a new stack', () => {
  const seen = { takenAt: '2026-01-01T00:00:00Z', queue: undefined };
  const workloads = (stack: ReturnType<typeof stackOf>, live: ReturnType<typeof cacheOf>) =>
    [planLogstash(stack, templates, live, seen), planFilebeat(stack, templates, live)]
      .flatMap(({ actions }) => actions)
      .flatMap((action) => (action.kind === 'delete' ? [] : [action.object.kind]))
      .filter((kind) => ['StatefulSet', 'DaemonSet'].includes(kind));
  const both = ['StatefulSet', 'DaemonSet'];

  it('takes in no logs before there is a StackRestore, nor before anybody has looked at it', () => {
    expect(workloads(stackOf({}), cacheOf())).toEqual([]);
    expect(workloads(stackOf({}), cacheOf(made()))).toEqual([]);
  });

  it.each<[StackRestoreStatus, readonly string[]]>([
    [withCondition('Unknown', 'WaitingForNodes', 'Waiting for data nodes.'), []],
    [{ ...begun, ...withCondition('Unknown', 'Restoring', 'Restoring.') }, []],
    [withCondition('False', 'Conflict', 'These data streams are there.'), []],
    [{ ...begun, ...withCondition('False', 'RestoreFailed', 'Not all is restored.') }, []],
    [{ ...begun, ...withCondition('True', 'Restored', 'Restored.') }, both],
  ])('with a StackRestore that says %j makes %j', (status, expected) => {
    expect(workloads(stackOf({}), cacheOf(made(status)))).toEqual(expected);
  });

  it('takes in logs when the wait is taken away, and without one at once', () => {
    expect(workloads(stackOf(), cacheOf(made(withCondition('False', 'Conflict', ''))))).toEqual(both);
    expect(workloads(stackOf(), cacheOf())).toEqual(both);
  });

  it('that has taken in logs before goes on with that, whatever its StackRestore says', () => {
    expect(awaitedRestore(stackOf({}), cacheOf(logstash))).toBeUndefined();
    expect(workloads(stackOf({}), cacheOf(logstash))).toContain('DaemonSet');
  });

  it('says what it waits for, and how not to', () => {
    const said = withCondition('False', 'Conflict', 'Nothing was restored, because logs-a-default is there.');
    const text = awaitedRestore(stackOf({}), cacheOf(made(said)));
    expect(text).toContain('logs-a-default is there');
    expect(text).toContain('Take spec.restoreFrom away');
    const plan = planLogstash(stackOf({}), templates, cacheOf(made(said)), seen);
    expect(plan.awaited).toBe(text);
  });
});
