// What the proxy reads from a request: faults and counts depend on it.
import { describe, expect, it } from 'vitest';
import { matches, parseRequest } from './requests.ts';

describe('parseRequest', () => {
  it.each([
    ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '', name: '' }],
    ['GET', '/api/v1/namespaces/n/pods/p', { verb: 'get', resource: 'pods', namespace: 'n', name: 'p' }],
    ['GET', '/api/v1/namespaces/n', { verb: 'get', resource: 'namespaces', namespace: '', name: 'n' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', name: '' }],
    ['GET', '/apis/apps/v1/statefulsets?watch=true&resourceVersion=5', { verb: 'watch', resource: 'statefulsets' }],
    ['POST', '/apis/apps/v1/namespaces/n/statefulsets?fieldManager=x', { verb: 'create', mutating: true }],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/n/leases/l', { verb: 'update', resource: 'leases', name: 'l' }],
    [
      'PATCH',
      '/apis/loggingstack.dev/v1alpha1/namespaces/n/loggingstacks/l/status',
      { verb: 'patch', subresource: 'status' },
    ],
    ['PATCH', '/api/v1/namespaces/n/pods/p?dryRun=All', { verb: 'patch', mutating: false }],
    ['DELETE', '/api/v1/namespaces/n/pods/p', { verb: 'delete', mutating: true }],
    ['DELETE', '/api/v1/namespaces/n/pods', { verb: 'deletecollection' }],
    ['GET', '/readyz', { verb: 'list', resource: '', mutating: false }],
    ['PUT', '/_cluster/settings', { resource: '', mutating: true }],
  ])('%s %s', (method, url, expected) => {
    expect(parseRequest(method, url, 'agent')).toMatchObject(expected);
  });
});

describe('matches', () => {
  const request = parseRequest(
    'PUT',
    '/apis/coordination.k8s.io/v1/namespaces/n/leases/l',
    'loggingstack-operator/1.0',
  );

  it('needs all that is given, as text or as a pattern', () => {
    expect(matches(request, {})).toBe(true);
    expect(matches(request, { verb: 'update', resource: 'leases', userAgent: /^loggingstack-operator\// })).toBe(true);
    expect(matches(request, { verb: 'update', resource: 'pods' })).toBe(false);
    expect(matches(request, { userAgent: 'loggingstack-operator' })).toBe(false);
    expect(matches(request, { url: /leases/, mutating: true, method: 'PUT' })).toBe(true);
  });
});
