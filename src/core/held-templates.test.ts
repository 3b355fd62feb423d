// A new version of the operator that renders pods differently restarts none; an edit of the spec and a forced roll do.
import { describe, expect, it } from 'vitest';
import { holdTemplates } from './held-templates.ts';
import type { KubeObject, ObjectReference } from './kubernetes.ts';

const identity = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'logs-kb', namespace: 'team' } };
const deployment = (image: string, replicas = 1): KubeObject => ({
  ...identity,
  spec: { replicas, template: { spec: { containers: [{ name: 'kibana', image }] } } },
});
const config = (text: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'logs-kb-config', namespace: 'team' },
  data: { 'kibana.yml': text },
});

/** What the API server has after these objects were written by an operator that rendered them so. */
const written = (objects: readonly KubeObject[], inputs: string) => {
  const live = holdTemplates(objects, inputs, () => undefined);
  return ({ kind, name }: ObjectReference) =>
    live.find((object) => object.kind === kind && object.metadata.name === name);
};

const old = written([deployment('old', 1), config('old')], 'inputs');
const texts = (objects: readonly KubeObject[]): string => JSON.stringify(objects.map(({ spec, data }) => [spec, data]));

describe('templates of another version of the operator', () => {
  it('[operator-upgrade-rolls] are kept with their files as long as their inputs are the same, and what restarts nobody is not', () => {
    const held = holdTemplates([deployment('new', 3), config('new')], 'inputs', old);
    expect(texts(held)).toBe(texts([deployment('old', 3), config('old')]));
  });

  it('are given up when the inputs change, and where nobody wrote down the inputs', () => {
    const changed = holdTemplates([deployment('new'), config('new')], 'others', old);
    expect(texts(changed)).toBe(texts([deployment('new'), config('new')]));
    const unmarked = holdTemplates([deployment('new'), config('new')], 'inputs', () => deployment('old'));
    expect(texts(unmarked)).toBe(texts([deployment('new'), config('new')]));
  });

  it('are told from hand edits, which are repaired', () => {
    const edited = (reference: ObjectReference): KubeObject | undefined => {
      const live = old(reference);
      return live?.kind === 'Deployment' ? { ...live, spec: deployment('by hand')['spec'] } : live;
    };
    expect(texts(holdTemplates([deployment('old'), config('old')], 'inputs', edited))).toBe(
      texts([deployment('old'), config('old')]),
    );
  });
});
