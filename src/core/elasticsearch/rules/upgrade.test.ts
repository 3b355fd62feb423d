// Tests of the rules for another version of Elasticsearch: a table of steps, and what must be mended before a new major version.
import { describe, expect, it } from 'vitest';
import { closerLook } from '../look.testing.ts';
import type { IndexState } from '../observed.ts';
import { deprecated, indicesTooOld, upgradePathRefused } from './upgrade.ts';

describe('steps', () => {
  it.each([
    ['9.4.3', '9.4.4', true],
    ['9.4.3', '9.5.0', true],
    ['9.1.0', '9.5.2', true],
    ['8.18.0', '8.19.8', true],
    ['8.19.8', '9.1.0', true],
    ['8.19.8', '9.4.3', true],
    ['8.18.8', '9.1.0', false],
    ['8.19.8', '9.0.8', false],
    ['7.17.29', '8.19.8', false],
    ['7.17.29', '9.4.3', false],
    ['9.4.3', '10.0.0', false],
  ])('from %s to %s: %s', (from, to, allowed) => {
    const refusal = upgradePathRefused('logs', from, to);
    expect(refusal === undefined).toBe(allowed);
    if (refusal === undefined) return;
    expect(refusal).toMatchObject({ rule: 'UpgradePathRefused', subject: 'LoggingStack/logs' });
    expect(refusal.message).toContain(from);
    expect(refusal.remedy).toContain('Set spec.version');
  });

  it('names the step that must come first', () => {
    expect(upgradePathRefused('logs', '8.15.0', '9.4.3')?.remedy).toContain('8.19');
    expect(upgradePathRefused('logs', '8.19.0', '9.0.0')?.remedy).toContain('9.1');
  });
});

const index = (name: string, createdIn: string): IndexState => ({
  name,
  replicas: 1,
  autoExpand: false,
  pinned: false,
  tierPreference: [],
  dataStream: undefined,
  hidden: false,
  createdIn,
});

describe('indices', () => {
  it.each([
    ['7.17.29', '9.4.3', true],
    ['8.10.4', '9.4.3', false],
    ['8.x', '9.4.3', false],
    ['9.x', '9.4.3', false],
    ['8.x', '10.0.0', true],
  ])('made by %s before %s', (createdIn, to, refused) => {
    const detail = { ...closerLook([]), indices: [index('old', createdIn)] };
    expect(indicesTooOld(detail, to).map(({ rule, subject }) => `${rule} ${subject}`)).toEqual(
      refused ? ['IndicesTooOld index/old'] : [],
    );
  });

  it('are named, but not by the hundred', () => {
    const indices = Array.from({ length: 100 }, (_, number) => index(`old-${number}`, '7.17.0'));
    expect(indicesTooOld({ ...closerLook([]), indices }, '9.4.3')).toHaveLength(10);
  });
});

describe('deprecations', () => {
  it('are told by index, and those of no index under the name of the stack', () => {
    const found = [
      { index: 'old', message: 'A setting of old.' },
      { index: undefined, message: 'A setting of the cluster.' },
      { index: undefined, message: 'A setting of a node.' },
    ];
    const refusals = deprecated('logs', found, '9.4.3');
    expect(refusals.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([
      'Deprecations index/old',
      'Deprecations LoggingStack/logs',
    ]);
    expect(refusals[1]?.message).toContain('A setting of a node.');
    expect(deprecated('logs', [], '9.4.3')).toEqual([]);
  });
});
