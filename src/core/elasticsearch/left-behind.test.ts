// Tests of what is taken away after a stack was deleted while a StatefulSet was made anew: pods that nobody owns, and nothing else.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { componentLabels } from '../names.ts';
import { exampleIdentity } from '../stack.testing.ts';
import { removeLeftBehind } from './left-behind.ts';

const pod = (name: string, component: 'elasticsearch' | 'kibana', owned: boolean): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'team',
    uid: `uid-${name}`,
    resourceVersion: '1',
    labels: componentLabels(exampleIdentity, component),
    ...(owned
      ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data', uid: 'uid-set' }] }
      : {}),
  },
});

describe('of a stack that is gone', () => {
  it('pods of Elasticsearch without an owner are removed, others are left to Kubernetes', () => {
    const pods = [
      pod('orphan', 'elasticsearch', false),
      pod('owned', 'elasticsearch', true),
      pod('kibana', 'kibana', false),
    ];
    expect(removeLeftBehind(exampleIdentity, pods)).toMatchObject([{ kind: 'delete', reference: { name: 'orphan' } }]);
  });
});
