// Tests of what is recorded of versions: once, by whoever joined, and on that node's volume alone.
import { describe, expect, it } from 'vitest';
import { runningStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import type { Observed } from './observed.ts';
import { stackWith } from './plan.testing.ts';
import {
  imageOfMember,
  memberVersions,
  newest,
  newestJoined,
  oldest,
  recordVersions,
  templateVersions,
} from './versions.ts';

const simulator = runningStack(stackWith());
const observed = simulator.observe();

/** The look with these nodes at another version. */
function withVersions(versions: Readonly<Record<string, string>>, look: Observed = observed): Observed {
  if (!look.cluster.answered) throw new Error('The look of a test is answered.');
  const nodes = look.cluster.nodes.map((node) => ({ ...node, version: versions[node.name] ?? node.version }));
  return { ...look, cluster: { ...look.cluster, nodes } };
}

const silent: Observed['cluster'] = { answered: false, code: 'EsUnreachable', message: 'No connection.' };

describe('versions', () => {
  it('are compared by number', () => {
    expect(newest(['9.4.3', '9.10.0', '8.19.8'])).toBe('9.10.0');
    expect(oldest(['9.4.3', '9.10.0', '8.19.8'])).toBe('8.19.8');
    expect([newest([]), oldest([])]).toEqual([undefined, undefined]);
  });

  it('are recorded once, on the volume of each node that joined', () => {
    expect(recordVersions(observed)).toEqual([]);
    const actions = recordVersions(withVersions({ 'logs-es-data-1': '9.5.0' }));
    expect(actions).toMatchObject([
      {
        kind: 'apply',
        object: {
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data-logs-es-data-1', annotations: { [annotations.esVersion]: '9.5.0' } },
        },
      },
    ]);
  });

  it('[drain-fails-open] are not recorded without an answer', () => {
    expect(recordVersions({ ...observed, cluster: silent })).toEqual([]);
  });

  it('are told by the volumes in use while Elasticsearch gives no answer', () => {
    const left: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-logs-es-data-2', annotations: { [annotations.esVersion]: '8.19.8' } },
    };
    const objects = [...observed.objects, left];
    expect(new Set(memberVersions({ ...observed, objects, cluster: silent }))).toEqual(new Set(['9.4.3']));
  });

  it('are never forgotten: the newest is that of a volume, though its node is away', () => {
    const objects = observed.objects.map((object) =>
      object.metadata.name === 'data-logs-es-data-1'
        ? { ...object, metadata: { ...object.metadata, annotations: { [annotations.esVersion]: '9.5.0' } } }
        : object,
    );
    expect(newestJoined({ ...observed, objects })).toBe('9.5.0');
    expect(newestJoined({ ...observed, objects, cluster: silent })).toBe('9.5.0');
    expect(newestJoined(withVersions({ 'logs-es-master-0': '9.6.0' }, { ...observed, objects }))).toBe('9.6.0');
  });

  it('are recorded on volumes only: a member without a claim has none', () => {
    const objects = observed.objects.filter(({ metadata }) => metadata.name !== 'data-logs-es-data-1');
    expect(recordVersions({ ...withVersions({ 'logs-es-data-1': '9.5.0' }), objects })).toEqual([]);
  });
});

describe('the version of a template', () => {
  const set = (metadata: Partial<KubeObject['metadata']>, ...containers: readonly object[]): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'logs-es-data', ...metadata },
    spec: { template: { spec: { containers } } },
  });
  const noted = { annotations: { [annotations.version]: '9.4.3' } };
  const [sidecar, elasticsearch] = [
    { name: 'sidecar', image: 'example.test/sidecar:1' },
    { name: 'elasticsearch', image: 'example.test/elasticsearch:9.4.3' },
  ];
  const told = (object: KubeObject) => templateVersions({ ...observed, objects: [object] });

  it('comes with the image of Elasticsearch, whatever runs beside it', () => {
    const both = [{ version: '9.4.3', image: 'example.test/elasticsearch:9.4.3' }];
    expect(told(set(noted, elasticsearch))).toEqual(both);
    expect(told(set(noted, sidecar, elasticsearch))).toEqual(both);
  });

  it('is told only where both are known', () => {
    expect(told(set(noted, sidecar))).toEqual([]);
    expect(told(set({}, elasticsearch))).toEqual([]);
  });

  it('is told by its pods and their volumes while it is made anew around them, and only then', () => {
    const objects = observed.objects.filter(({ metadata }) => /logs-es-data(-\d)?$/.test(metadata.name));
    const told = { version: '9.4.3', image: 'example.test/elasticsearch:9.4.3' };
    expect(templateVersions({ ...observed, objects })).toEqual([told]);
    const orphans = objects.filter(({ kind }) => kind !== 'StatefulSet');
    expect(templateVersions({ ...observed, objects: orphans })).toEqual([told, told]);
    const pods = orphans.filter(({ kind }) => kind === 'Pod');
    expect(templateVersions({ ...observed, objects: pods })).toEqual([]);
  });
});

describe('the image of a version that no template has', () => {
  const image = 'example.test/elasticsearch:9.5.0';
  const running = (name: string): Observed => ({
    ...withVersions({ 'logs-es-data-1': '9.5.0' }),
    objects: observed.objects.map((object) =>
      object.kind === 'Pod' && object.metadata.name === name
        ? { ...object, spec: { containers: [{ name: 'elasticsearch', image }] } }
        : object,
    ),
  });
  const templates = templateVersions(observed);

  it('is that of the node that runs it', () => {
    expect(imageOfMember('9.5.0', templates, running('logs-es-data-1'))).toEqual({ version: '9.5.0', image });
  });

  it('is not told by a pod that another node runs in, nor by one seen before its image changed', () => {
    expect(imageOfMember('9.5.0', templates, running('logs-es-data-0'))).toBeUndefined();
    expect(imageOfMember('9.5.0', templates, withVersions({ 'logs-es-data-1': '9.5.0' }))).toBeUndefined();
  });

  it('is not told by an image that any of the templates has', () => {
    const both = [...templates, { version: '9.4.4', image }];
    expect(imageOfMember('9.5.0', both, running('logs-es-data-1'))).toBeUndefined();
  });

  it('[drain-fails-open] is not told without an answer', () => {
    const look = { ...running('logs-es-data-1'), cluster: silent };
    expect(imageOfMember('9.5.0', templates, look)).toBeUndefined();
  });
});
