// Tests of what may become of volumes: they grow, and that is all.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../kubernetes.ts';
import { annotations } from '../../names.ts';
import type { NodePool } from '../../stack.ts';
import type { Observed } from '../observed.ts';
import { stackWith } from '../plan.testing.ts';
import { storageChangeRefused } from './storage.ts';

const pool = (size: string, className?: string): NodePool => {
  const found = stackWith().elasticsearch.pools.find(({ name }) => name === 'data');
  if (found === undefined) throw new Error('The stack of a test has data nodes.');
  return { ...found, storage: { size, className } };
};

const claim = (ordinal: number, storage: string, drained = false): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: `data-logs-es-data-${ordinal}`,
    ...(drained ? { annotations: { [annotations.drained]: 'true' } } : {}),
  },
  spec: { storageClassName: 'standard', resources: { requests: { storage } } },
});

const set = (storage: string, storageClassName?: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'logs-es-data' },
  spec: {
    volumeClaimTemplates: [
      {
        spec: {
          ...(storageClassName === undefined ? {} : { storageClassName }),
          resources: { requests: { storage } },
        },
      },
    ],
  },
});

const seen = (...objects: readonly KubeObject[]): Observed => ({
  takenAt: '2026-01-01T00:00:00Z',
  objects,
  secrets: [],
  recordedUuid: undefined,
  cluster: { answered: false, code: 'EsUnreachable', message: 'No connection.' },
});

describe('[expand-volume] the storage of a pool', () => {
  it.each<[string, NodePool, KubeObject | undefined, readonly KubeObject[], string, number]>([
    ['that is new', pool('60Gi'), undefined, [], '60Gi', 0],
    ['that stays', pool('50Gi'), set('50Gi'), [claim(0, '50Gi')], '50Gi', 0],
    ['that is written in other words', pool('50Gi'), set('51200Mi'), [claim(0, '51200Mi')], '51200Mi', 0],
    ['that grows: the template stays for now', pool('60Gi'), set('50Gi'), [claim(0, '50Gi')], '50Gi', 0],
    ['that shrinks', pool('40Gi'), set('50Gi'), [claim(0, '50Gi')], '50Gi', 1],
    ['that shrinks below what is claimed', pool('50Gi'), set('50Gi'), [claim(0, '50Gi'), claim(1, '80Gi')], '50Gi', 1],
    ['that goes as far as what is claimed', pool('80Gi'), set('50Gi'), [claim(1, '80Gi')], '50Gi', 0],
    ['that is smaller than that of a node that left', pool('50Gi'), set('50Gi'), [claim(2, '80Gi', true)], '50Gi', 0],
    ['of another class', pool('50Gi', 'fast'), set('50Gi'), [claim(0, '50Gi')], '50Gi', 1],
    ['that grows in another class', pool('60Gi', 'fast'), set('50Gi', 'slow'), [claim(0, '50Gi')], '50Gi', 1],
    ['that was kept, and shrinks', pool('40Gi'), undefined, [claim(0, '50Gi')], '50Gi', 1],
    ['that was kept, and grows', pool('60Gi'), undefined, [claim(0, '50Gi')], '60Gi', 0],
    ['that was kept: its class is not compared', pool('50Gi', 'fast'), undefined, [claim(0, '50Gi')], '50Gi', 0],
  ])('%s', (_name, wanted, live, claims, size, refusals) => {
    const judged = storageChangeRefused(wanted, live, seen(...claims), 'logs');
    expect(judged.value.size).toBe(size);
    expect(judged.refusals).toHaveLength(refusals);
  });

  it('names the size that is claimed', () => {
    const { refusals } = storageChangeRefused(pool('50Gi'), set('50Gi'), seen(claim(1, '80Gi')), 'logs');
    expect(refusals).toMatchObject([{ rule: 'StorageChangeRefused', subject: 'StatefulSet/logs-es-data' }]);
    expect(refusals[0]?.message).toContain('are 80Gi and the spec asks for 50Gi');
  });
});
