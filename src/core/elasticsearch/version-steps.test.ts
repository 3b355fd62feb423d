// Tests of the decision to which version a stack goes, on looks made by hand: which steps there are, what is told, and with which image a refused one stays.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import { closerLook } from './look.testing.ts';
import type { Observed } from './observed.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';
import { indexOf } from './situation.testing.ts';
import { decideVersion } from './upgrade.ts';

const image = (version: string) => `example.test/elasticsearch:${version}`;

const wanting = (version: string): ResolvedStack => {
  const stack = stackWith();
  return { ...stack, images: { ...stack.images, elasticsearch: { version, image: image(version) } } };
};

const template = (pool: string, version: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: `logs-es-${pool}`, annotations: { [annotations.version]: version } },
  spec: { template: { spec: { containers: [{ name: 'elasticsearch', image: image(version) }] } } },
});

/** A cluster whose nodes all run this version, with these templates and indices. */
function running(version: string, templates: readonly KubeObject[], olderIndices = 0): Observed {
  const context = contextOf([set('data', [pod('logs-es-data-0')])], { version });
  const { observed } = context;
  const { cluster } = observed;
  if (!cluster.answered) throw new Error('The look of a test is answered.');
  const indices = Array.from({ length: olderIndices }, (_, number) =>
    indexOf(`old-${number}`, { on: ['data-0'], createdIn: '7.17.29' }),
  );
  const detail = { ...closerLook(cluster.nodes), indices, deprecations: [] };
  return { ...observed, objects: templates, cluster: { ...cluster, detail } };
}

const decide = (from: string, to: string, olderIndices = 0) =>
  decideVersion(wanting(to), running(from, [template('data', from)], olderIndices));

describe('a step to another major version', () => {
  it('is from the 8th to the 9th', () => {
    expect(decide('8.19.8', '9.4.3')).toMatchObject({ value: { version: '9.4.3' }, refusals: [] });
  });

  it.each([
    ['7.17.29', '9.4.3'],
    ['7.17.29', '8.19.8'],
    ['8.19.8', '10.0.0'],
    ['9.4.3', '10.0.0'],
  ])('is not known from %s to %s', (from, to) => {
    const { value, refusals } = decide(from, to);
    expect(value).toEqual({ version: from, image: image(from) });
    expect(refusals).toMatchObject([{ rule: 'UpgradePathRefused' }]);
    expect(refusals[0]?.message).toContain(`knows no way from there to ${to}`);
  });

  it('names the first ten indices that it could not read', () => {
    const subjects = (count: number) => decide('8.19.8', '9.4.3', count).refusals.map(({ subject }) => subject);
    expect(subjects(2)).toEqual(['index/old-0', 'index/old-1']);
    expect(subjects(12)).toEqual(Array.from({ length: 10 }, (_, number) => `index/old-${number}`));
  });
});

describe('a version that no template has', () => {
  it('is that of a volume: what is the newest of templates stays, not the first', () => {
    const joined = running('9.5.0', [template('data', '9.4.3'), template('ingest', '9.4.4')]);
    const { value, refusals } = decideVersion(wanting('9.4.3'), joined);
    expect(refusals).toMatchObject([{ rule: 'DowngradeRefused' }]);
    expect(value).toEqual({ version: '9.4.4', image: image('9.4.4') });
  });
});
