// Tests of the rule for pods that do not end.
import { describe, expect, it } from 'vitest';
import { look, runningStack } from '../../../simulator/simulator.testing.ts';
import { plan } from '../plan.ts';
import { stackWith, templates } from '../plan.testing.ts';

describe('[dead-node-local-volume] a pod that is to end', () => {
  const stack = stackWith({ data: { replicas: 3 } });

  it.each<[string, number, readonly string[]]>([
    ['a minute ago is waited for', 1, []],
    ['six minutes ago is named with its Kubernetes node and what to do', 6, ['Pod/logs-es-data-1']],
  ])('%s', (_name, minutes, subjects) => {
    const { observed } = look(runningStack(stack), stack);
    const deletionTimestamp = new Date(Date.parse(observed.takenAt) - minutes * 60_000).toISOString();
    const objects = observed.objects.map((object) =>
      object.kind === 'Pod' && object.metadata.name === 'logs-es-data-1'
        ? { ...object, metadata: { ...object.metadata, deletionTimestamp }, spec: { nodeName: 'worker-7' } }
        : object,
    );
    const { refusals, actions } = plan(stack, { ...observed, objects }, templates);
    const named = refusals.filter(({ rule }) => rule === 'PodNotGone');
    expect(named.map(({ subject }) => subject)).toEqual(subjects);
    for (const { remedy } of named) expect(remedy).toContain('kubectl delete node worker-7');
    expect(actions, 'nothing is forced').toEqual([]);
  });
});
