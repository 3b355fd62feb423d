// Tests of the replacement of a node through the planner, on looks of a settled stack in which one thing is changed by hand: what is refused, when it is done, and what is shown of it.
import { describe, expect, it } from 'vitest';
import { runningStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { ResolvedStack } from '../stack.ts';
import type { AnsweredLook, ClusterDetail, Observed } from './observed.ts';
import { plan } from './plan.ts';
import { stackWith, templates } from './plan.testing.ts';
import { isReplaced, replacementUnderway } from './replacement.ts';
import { copiesOf, type IndexFacts, indexOf } from './situation.testing.ts';

const three = stackWith({ data: { replicas: 3 } });
const seen: Observed = runningStack(three).observe({ detail: true });

const data = 'logs-es-data-2';
const master = 'logs-es-master-2';

const uidOf = (kind: string, name: string, { objects }: Observed = seen): string =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)?.metadata.uid ?? '';
const targetOf = (name: string, look: Observed = seen): string =>
  `${uidOf('PersistentVolumeClaim', `data-${name}`, look)}/${uidOf('Pod', name, look)}`;

const asking = (value: string, target = targetOf(value), done = false, stack = three): ResolvedStack => ({
  ...stack,
  requests: { roll: undefined, replaceNode: { value, done, ...(target === '' ? {} : { target }) } },
});

function answered(
  change: (look: AnsweredLook, detail: ClusterDetail) => Partial<AnsweredLook>,
  observed: Observed = seen,
): Observed {
  const { cluster } = observed;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is a closer one.');
  return { ...observed, cluster: { ...cluster, ...change(cluster, cluster.detail) } };
}

const holding = (index: IndexFacts): Observed =>
  answered((_look, detail) => ({
    detail: { ...detail, shards: copiesOf('a', index), indices: [indexOf('a', index)] },
  }));

/** What is refused and what is deleted. */
function outcome(observed: Observed, name: string): readonly string[] {
  const { actions, refusals } = plan(asking(name), observed, templates);
  return [
    ...refusals.map(({ rule, subject }) => `${rule} ${subject}`),
    ...actions.flatMap((action) => (action.kind === 'delete' ? [`delete ${action.reference.name}`] : [])),
  ];
}

const goes = (name: string): readonly string[] => [`delete data-${name}`, `delete ${name}`];

describe('[dead-node-local-volume] a node is replaced', () => {
  it('not when the only other copy is on a node that does not answer for itself', () => {
    const both = (isSilent: boolean) =>
      answered((_look, detail) => ({
        detail: {
          ...detail,
          nodes: detail.nodes.map((node) =>
            isSilent && node.name === 'logs-es-data-1' ? { ...node, ownShards: undefined } : node,
          ),
          shards: copiesOf('a', { on: ['data-1', 'data-2'] }),
          indices: [indexOf('a', { on: ['data-1', 'data-2'] })],
        },
      }));
    expect(outcome(both(false), data)).toEqual(goes(data));
    expect(outcome(both(true), data)).toEqual(['ReplacementLosesData index/a']);
  });

  it('by its claim alone, where its pod is gone already', () => {
    const stays = ({ name }: { readonly name: string }) => name !== data;
    const away = answered(({ nodes }, detail) => ({
      nodes: nodes.filter(stays),
      detail: { ...detail, nodes: detail.nodes.filter(stays) },
    }));
    const objects = seen.objects.filter(({ kind, metadata }) => kind !== 'Pod' || metadata.name !== data);
    expect(outcome({ ...away, objects }, data)).toEqual([`delete data-${data}`]);
  });

  it.each<[string, IndexFacts, boolean]>([
    ['when another copy serves', { on: ['data-1', 'data-2'] }, true],
    ['not when its copy is the only one', { on: ['data-2'] }, false],
    ['not when no copy is anywhere', { on: ['-'] }, false],
    ['not when the other copy recovers', { on: ['data-1'], copy: { state: 'INITIALIZING' } }, false],
    [
      'when a copy elsewhere serves that lacks writes, and none is on it',
      { on: ['data-1'], copy: { inSync: false } },
      true,
    ],
    [
      'when a copy elsewhere lacks writes beside one without a place, and none is on it',
      { on: ['data-1', '-'], copy: { inSync: false } },
      true,
    ],
    [
      'not when the other copy is moving to it',
      { on: ['data-1'], copy: { state: 'RELOCATING', relocatingTo: data } },
      false,
    ],
  ])('%s', (_name, index, isSafe) => {
    expect(outcome(holding(index), data)).toEqual(isSafe ? goes(data) : ['ReplacementLosesData index/a']);
  });

  it.each<[string, readonly number[], boolean]>([
    ['as one of three that vote', [0, 1, 2], true],
    ['not as one of two', [0, 2], false],
    ['not as the only one', [2], false],
    ['when it does not vote', [0], true],
  ])('%s', (_name, voters, isSafe) => {
    const configuration = voters.map((ordinal) => `logs-es-master-${ordinal}`);
    const observed = answered((look) => ({ voting: { ...look.voting, configuration } }));
    expect(outcome(observed, master)).toEqual(isSafe ? goes(master) : [`QuorumAtRisk Pod/${master}`]);
  });

  it('not when its copy is the only one, also where all nodes are masters and ingest logs as well', () => {
    const combined = stackWith({ topology: 'Combined', data: { replicas: 3 } });
    const look = runningStack(combined).observe({ detail: true });
    const name = 'logs-es-combined-2';
    const index = { on: ['combined-2'] };
    const observed = answered(
      (_look, detail) => ({ detail: { ...detail, shards: copiesOf('a', index), indices: [indexOf('a', index)] } }),
      look,
    );
    const { refusals } = plan(asking(name, targetOf(name, look), false, combined), observed, templates);
    expect(refusals).toMatchObject([{ rule: 'ReplacementLosesData', subject: 'index/a' }]);
  });

  it('once: not again when the status says that it is done', () => {
    const { actions, refusals } = plan(asking(data, targetOf(data), true), seen, templates);
    expect([actions, refusals]).toEqual([[], []]);
  });
});

/** The look with some objects made anew, under other uids, or taken away. */
const renewed = (kinds: readonly string[], gone: readonly string[] = []): Observed => {
  const isPart = ({ metadata }: KubeObject): boolean => [data, `data-${data}`].includes(metadata.name);
  return {
    ...seen,
    objects: seen.objects
      .filter((object) => !(isPart(object) && gone.includes(object.kind)))
      .map((object) =>
        isPart(object) && kinds.includes(object.kind)
          ? { ...object, metadata: { ...object.metadata, uid: `new-${object.kind}` } }
          : object,
      ),
  };
};
const [claim, pod] = ['PersistentVolumeClaim', 'Pod'];

it('a claim that is going already is not deleted once more', () => {
  const going = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp: seen.takenAt },
  });
  const objects = seen.objects.map((object) => (object.metadata.name === `data-${data}` ? going(object) : object));
  expect(outcome({ ...seen, objects }, data)).toEqual([`delete ${data}`]);
});

describe('a replacement is over', () => {
  const unready = (observed: Observed): Observed => ({
    ...observed,
    objects: observed.objects.map((object) =>
      object.kind === 'Pod' && object.metadata.name === data ? { ...object, status: {} } : object,
    ),
  });
  const without = (observed: Observed): Observed => ({
    ...observed,
    cluster: answered(({ nodes }) => ({ nodes: nodes.filter(({ name }) => name !== data) })).cluster,
  });

  it.each<[string, Observed, boolean]>([
    ['when claim and pod are new, and the node serves', renewed([claim, pod]), true],
    ['not while both are the old ones', seen, false],
    ['not while the new pod is on the old volume', renewed([pod]), false],
    ['not while the old pod is there', renewed([claim]), false],
    ['not while there is no claim', renewed([pod], [claim]), false],
    ['not while there is no pod', renewed([claim], [pod]), false],
    ['not while the pod is not ready', unready(renewed([claim, pod])), false],
    ['not while the node is no member', without(renewed([claim, pod])), false],
  ])('%s', (_name, observed, isOver) => {
    expect(isReplaced(asking(data), observed)).toBe(isOver);
    const shown = replacementUnderway(asking(data), observed);
    expect(shown).toEqual(isOver ? [] : [{ step: 'Replacement', subject: `Pod/${data}` }]);
  });

  it('is not told of one that nobody asked for, that was recorded nowhere, or that is done', () => {
    const over = renewed([claim, pod]);
    expect(isReplaced(three, over)).toBe(false);
    expect(isReplaced(asking(data, ''), over)).toBe(false);
    expect(replacementUnderway(three, seen)).toEqual([]);
    expect(replacementUnderway(asking(data, targetOf(data), true), seen)).toEqual([]);
  });

  it.each<[string, Observed, readonly string[]]>([
    ['what is left of the old node goes: its pod', renewed([claim]), [`delete ${data}`]],
    ['its claim, with the pod that took it', renewed([pod]), goes(data)],
    ['nothing, when the new one is there', renewed([claim, pod]), []],
    ['nothing, while the new one is on its way', renewed([claim], [pod]), []],
  ])('%s', (_name, observed, expected) => {
    expect(outcome(observed, data)).toEqual(expected);
  });
});
