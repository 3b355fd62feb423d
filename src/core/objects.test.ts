// Tests of the planner for Kubernetes objects: quiet when nothing differs, repairs drift, never seizes what is not ours.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from './kubernetes.ts';
import { componentLabels, ownerReference } from './names.ts';
import { canonicalJson, contains, hashOf, planObjects, planRemovals, withDesiredHash } from './objects.ts';

const stack = { name: 'logs', namespace: 'team', uid: 'uid-1', generation: 1 };

const wanted: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'logs-es-http',
    namespace: 'team',
    labels: componentLabels(stack, 'elasticsearch'),
    ownerReferences: [ownerReference(stack)],
  },
  spec: { ports: [{ name: 'https', port: 9200 }], selector: { a: 'b' } },
};

/** What the API server would hold after we wrote it: our fields, its defaults, and another manager's field. */
function asLive(object: KubeObject): KubeObject {
  const written = withDesiredHash(object);
  return {
    ...written,
    metadata: { ...written.metadata, uid: 'live-1', resourceVersion: '7' },
    spec: {
      ...(object['spec'] as object),
      clusterIP: '10.0.0.1',
      ports: [{ name: 'https', port: 9200, protocol: 'TCP' }],
    },
  };
}

describe('planObjects', () => {
  it('creates what is not there', () => {
    const plan = planObjects(stack, 'elasticsearch', [wanted], () => undefined);
    expect(plan.actions.map((action) => action.kind)).toEqual(['create']);
    expect(plan.refusals).toEqual([]);
  });

  it('does nothing when every wanted field stands', () => {
    expect(planObjects(stack, 'elasticsearch', [wanted], () => asLive(wanted))).toEqual({ actions: [], refusals: [] });
  });

  it('repairs a field that somebody changed', () => {
    const edited = { ...asLive(wanted), spec: { ports: [{ name: 'https', port: 9201 }], selector: { a: 'b' } } };
    expect(planObjects(stack, 'elasticsearch', [wanted], () => edited).actions.map((action) => action.kind)).toEqual([
      'apply',
    ]);
  });

  it('notices a field that is no longer wanted, though the live object has all that is', () => {
    const before = { ...wanted, spec: { ...(wanted['spec'] as object), externalName: 'old' } };
    const plan = planObjects(stack, 'elasticsearch', [wanted], () => asLive(before));
    expect(plan.actions.map((action) => action.kind)).toEqual(['apply']);
  });

  it('[foreign-object] refuses by name what it did not make, and plans nothing for it', () => {
    const foreign = { ...wanted, metadata: { name: 'logs-es-http', namespace: 'team' } };
    const plan = planObjects(stack, 'elasticsearch', [wanted], () => foreign);
    expect(plan.actions).toEqual([]);
    expect(plan.refusals).toMatchObject([{ rule: 'ForeignObject', subject: 'Service/logs-es-http' }]);
  });

  it('[foreign-object] an object of an earlier stack of the same name that still has its owner is not ours', () => {
    const other = asLive({
      ...wanted,
      metadata: { ...wanted.metadata, ownerReferences: [ownerReference({ ...stack, uid: 'uid-0' })] },
    });
    expect(planObjects(stack, 'elasticsearch', [wanted], () => other).refusals).toHaveLength(1);
  });

  it('takes over what a deleted stack of this name kept', () => {
    const kept = asLive({ ...wanted, metadata: { ...wanted.metadata, ownerReferences: [] } });
    expect(planObjects(stack, 'elasticsearch', [wanted], () => kept).actions.map((action) => action.kind)).toEqual([
      'apply',
    ]);
  });
});

describe('planRemovals', () => {
  it('removes ours with preconditions, and leaves foreign and leaving ones', () => {
    const foreign = { ...wanted, metadata: { name: 'x', namespace: 'team' } };
    const leaving = asLive({ ...wanted, metadata: { ...wanted.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(planRemovals(stack, [asLive(wanted), foreign, leaving])).toEqual([
      {
        kind: 'delete',
        reference: { apiVersion: 'v1', kind: 'Service', namespace: 'team', name: 'logs-es-http' },
        uid: 'live-1',
        resourceVersion: '7',
      },
    ]);
  });
});

describe('contains', () => {
  it('compares named lists by name and other lists by place', () => {
    expect(
      contains(
        [
          { name: 'b', x: 1 },
          { name: 'a', x: 2, y: 3 },
        ],
        [{ name: 'a', x: 2 }],
      ),
    ).toBe(true);
    expect(contains(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(contains(['a', 'b'], ['a'])).toBe(false);
  });

  it('compares lists by place when names repeat, as those of volume mounts may', () => {
    const mounts = [
      { name: 'config', mountPath: '/a', subPath: 'a' },
      { name: 'config', mountPath: '/b', subPath: 'b' },
    ];
    expect(contains(mounts, mounts)).toBe(true);
    expect(contains(mounts.toReversed(), mounts)).toBe(false);
  });

  it('every value contains itself, and what it is merged into', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (value, more) => {
          expect(contains({ ...more, ...value }, value)).toBe(true);
        },
      ),
    );
  });

  it('a changed leaf is always noticed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 }), (value) => {
        const [key = ''] = Object.keys(value);
        expect(contains({ ...value, [key]: 'other' }, value)).toBe(false);
      }),
    );
  });
});

describe('hashOf', () => {
  it('does not depend on the order of keys', () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
    expect(canonicalJson({ b: 1, a: [2, { d: 1, c: 2 }] })).toBe('{"a":[2,{"c":2,"d":1}],"b":1}');
  });

  it('is of the text that JSON.stringify makes of sorted keys: a hash that was written once stays the same', () => {
    const sorted = (_key: string, item: unknown): unknown =>
      item !== null && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).toSorted(([first], [second]) => (first < second ? -1 : 1)))
        : item;
    const key = fc.oneof(fc.string(), fc.nat({ max: 20 }).map(String), fc.constantFrom('a', 'B', '1a', '01'));
    fc.assert(
      fc.property(
        fc.object({ key, values: [fc.string(), fc.double(), fc.constant(undefined), fc.constant(null)] }),
        (value) => {
          expect(canonicalJson(value)).toBe(JSON.stringify(value, sorted));
        },
      ),
    );
  });
});
