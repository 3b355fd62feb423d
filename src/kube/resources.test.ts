// Where objects are on the API server, and how they are named in keys and messages.
import { describe, expect, it } from 'vitest';
import {
  collectionOf,
  describe as describeLocation,
  keyOf,
  locationOf,
  objectKey,
  pathOf,
  resourceOf,
  RESOURCES,
} from './resources.ts';
import { configMap } from './testing.ts';

describe('pathOf', () => {
  it.each([
    [{ type: RESOURCES.Pod }, '/api/v1/pods'],
    [{ type: RESOURCES.Pod, namespace: 'n', name: 'p' }, '/api/v1/namespaces/n/pods/p'],
    [{ type: RESOURCES.StatefulSet, namespace: 'n' }, '/apis/apps/v1/namespaces/n/statefulsets'],
    [{ type: RESOURCES.Namespace, name: 'n' }, '/api/v1/namespaces/n'],
    [
      { type: RESOURCES.LoggingStack, namespace: 'n', name: 'l', subresource: 'status' },
      '/apis/loggingstack.dev/v1alpha1/namespaces/n/loggingstacks/l/status',
    ],
    [
      { type: RESOURCES.ClusterRoleBinding, name: 'loggingstack-filebeat:n:l' },
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/loggingstack-filebeat%3An%3Al',
    ],
  ])('of %j is %s', (location, path) => {
    expect(pathOf(location)).toBe(path);
  });
});

describe('names', () => {
  it('are the same in keys, locations and messages', () => {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    expect(objectKey(configMap('a'))).toBe('default/a');
    expect(keyOf({ name: 'a' })).toBe('a');
    expect(describeLocation(locationOf(reference))).toBe('ConfigMap default/a');
    expect(pathOf(collectionOf(locationOf(reference)))).toBe('/api/v1/namespaces/default/configmaps');
    // A namespace on a cluster-scoped reference is a slip that must not lead to a wrong path.
    expect(pathOf(locationOf({ apiVersion: 'v1', kind: 'Namespace', namespace: 'x', name: 'n' }))).toBe(
      '/api/v1/namespaces/n',
    );
  });

  it('of unknown kinds are refused', () => {
    expect(() => resourceOf({ apiVersion: 'v1', kind: 'Node' })).toThrow(/v1 Node is not in the table/);
    expect(() => locationOf({ apiVersion: 'v1', kind: 'Pod', name: 'p' })).toThrow(/needs a namespace/);
  });
});
