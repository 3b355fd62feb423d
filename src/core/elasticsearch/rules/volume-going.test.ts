// Tests of the rule for claims that are being deleted: alone. Through the planner: ../volumes-going.test.ts.
import { describe, expect, it } from 'vitest';
import { annotations } from '../../names.ts';
import { mayReplaceAtOnce } from './non-members.ts';
import { contextOf, pod, set } from './rules.testing.ts';
import { volumeGoing, volumesGoing } from './volume-going.ts';

const context = (deletionTimestamp: string | undefined, version: string | undefined) => {
  const one = pod('logs-es-data-0', { ready: false, stuck: true, joined: false, outdated: true });
  const made = contextOf([set('data', [one]), set('master', [pod('logs-es-master-0')])]);
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'data-logs-es-data-0',
      annotations: version === undefined ? {} : { [annotations.esVersion]: version },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  };
  return { one, ...made, observed: { ...made.observed, objects: [claim] } };
};

describe('a claim', () => {
  const now = '2026-01-01T00:00:00Z';
  it.each<[string, string | undefined, string | undefined, boolean]>([
    ['that stays holds up nothing', undefined, '9.4.3', false],
    ['that is being deleted does', now, '9.4.3', true],
    ['that is being deleted, and that no node joined with, does not', now, undefined, false],
  ])('%s', (_name, going, version, holds) => {
    const made = context(going, version);
    const refusal = volumeGoing(made, 'logs-es-data-0');
    expect(refusal?.rule).toBe(holds ? 'VolumeGoing' : undefined);
    expect(volumesGoing(made)).toHaveLength(holds ? 1 : 0);
    expect(volumesGoing({ ...made, leaving: new Set(['logs-es-data-0']) }), 'it leaves').toEqual([]);
    expect(mayReplaceAtOnce(made, made.one, true), 'although it cannot start').toBe(!holds);
  });
});
