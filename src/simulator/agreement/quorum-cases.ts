// Agreement cases: who votes, who is master, when there is none.
import type { AgreementCase, CaseNode } from './case.ts';
import { hot, logs, masters } from './nodes.ts';

const more = (...names: readonly string[]): readonly CaseNode[] => names.map((name) => ({ name, roles: ['master'] }));

const sizes: readonly AgreementCase[] = [
  {
    name: 'three-masters-vote',
    nodes: masters(3),
    steps: [],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'of-two-masters-one-votes',
    nodes: masters(2),
    steps: [],
    expected: { health: 'green', voterCount: 1, members: ['m-0', 'm-1'] },
  },
  {
    name: 'of-four-masters-three-vote',
    nodes: masters(4),
    steps: [],
    expected: { health: 'green', voterCount: 3 },
  },
  {
    name: 'one-master-grows-to-three',
    nodes: masters(1),
    steps: [{ do: 'add', nodes: more('m-1', 'm-2') }],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
];

const deaths: readonly AgreementCase[] = [
  {
    name: 'a-lost-voter-of-three-stays-a-voter',
    nodes: masters(3),
    steps: [{ do: 'kill', nodes: ['m-2'] }],
    expected: { health: 'green', voterCount: 3, members: ['m-0', 'm-1'] },
  },
  {
    name: 'two-lost-of-three-leave-no-master',
    nodes: [...masters(3), hot('d-0')],
    indices: logs(0),
    steps: [{ do: 'kill', nodes: ['m-1', 'm-2'] }],
    expected: { health: 'none' },
  },
  {
    name: 'one-of-them-back-is-enough',
    nodes: [...masters(3), hot('d-0')],
    indices: logs(0),
    steps: [
      { do: 'kill', nodes: ['m-1', 'm-2'] },
      { do: 'start', nodes: ['m-1'] },
    ],
    expected: {
      health: 'green',
      voterCount: 3,
      members: ['d-0', 'm-0', 'm-1'],
      indices: { logs: { started: 1, writable: true } },
    },
  },
  {
    name: 'all-masters-come-back',
    nodes: [...masters(3), hot('d-0')],
    indices: logs(0),
    steps: [
      { do: 'kill', nodes: ['m-0', 'm-1', 'm-2'] },
      { do: 'start', nodes: ['m-0', 'm-1', 'm-2'] },
    ],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'], indices: { logs: { started: 1 } } },
  },
  {
    name: 'an-old-master-comes-back-to-newer-nodes',
    nodes: [{ name: 'm-0', roles: ['master'], version: '8.19.8' }],
    steps: [
      { do: 'add', nodes: [hot('d-0'), hot('d-1')] },
      { do: 'kill', nodes: ['m-0'] },
      { do: 'start', nodes: ['m-0'] },
    ],
    expected: { health: 'green', master: ['m-0'], members: ['d-0', 'd-1', 'm-0'] },
  },
  {
    name: 'a-lost-voter-of-three-keeps-its-vote-when-it-is-named',
    nodes: masters(3),
    steps: [{ do: 'kill', nodes: ['m-2'] }, { do: 'excludeVoting', nodes: ['m-2'] }, { do: 'clearVoting' }],
    expected: { health: 'green', voterCount: 3, members: ['m-0', 'm-1'] },
  },
  {
    name: 'a-lost-voter-of-three-loses-its-vote-by-its-id',
    nodes: masters(3),
    steps: [{ do: 'kill', nodes: ['m-2'] }, { do: 'excludeVoting', nodes: ['m-2'], by: 'id' }, { do: 'clearVoting' }],
    expected: { health: 'green', voterCount: 1, noVoters: ['m-2'], members: ['m-0', 'm-1'] },
  },
  {
    name: 'a-lost-voter-of-five-is-shrunk-away',
    nodes: masters(5),
    steps: [{ do: 'kill', nodes: ['m-4'] }],
    expected: { health: 'green', voterCount: 3, noVoters: ['m-4'] },
  },
  {
    name: 'two-lost-of-five-one-after-the-other-leave-three',
    nodes: masters(5),
    steps: [
      { do: 'kill', nodes: ['m-4'] },
      { do: 'kill', nodes: ['m-3'] },
    ],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'a-new-master-takes-the-place-of-a-lost-voter',
    nodes: masters(3),
    steps: [
      { do: 'kill', nodes: ['m-2'] },
      { do: 'add', nodes: more('m-3') },
    ],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-3'] },
  },
];

const exclusions: readonly AgreementCase[] = [
  {
    name: 'an-excluded-voter-of-three-leaves-one',
    nodes: masters(3),
    steps: [{ do: 'excludeVoting', nodes: ['m-2'] }],
    expected: { health: 'green', voterCount: 1, noVoters: ['m-2'], members: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'two-excluded-of-three-may-be-taken-away',
    nodes: masters(3),
    steps: [
      { do: 'excludeVoting', nodes: ['m-1', 'm-2'] },
      { do: 'kill', nodes: ['m-1', 'm-2'] },
    ],
    expected: { health: 'green', voters: ['m-0'], master: ['m-0'], members: ['m-0'] },
  },
  {
    name: 'the-exclusions-may-be-cleared-then',
    nodes: masters(3),
    steps: [
      { do: 'excludeVoting', nodes: ['m-1', 'm-2'] },
      { do: 'kill', nodes: ['m-1', 'm-2'] },
      { do: 'clearVoting' },
    ],
    expected: { health: 'green', voters: ['m-0'] },
  },
  {
    name: 'of-two-masters-either-may-go',
    nodes: masters(2),
    steps: [
      { do: 'excludeVoting', nodes: ['m-0'] },
      { do: 'kill', nodes: ['m-0'] },
    ],
    expected: { health: 'green', voters: ['m-1'], master: ['m-1'] },
  },
  {
    name: 'an-excluded-master-hands-over',
    nodes: masters(3),
    steps: [{ do: 'excludeVoting', nodes: ['m-0', 'm-1'] }],
    expected: { health: 'green', voters: ['m-2'], master: ['m-2'], members: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'where-all-are-excluded-nothing-changes',
    nodes: masters(3),
    steps: [{ do: 'excludeVoting', nodes: ['m-0', 'm-1', 'm-2'] }],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'cleared-exclusions-give-the-votes-back',
    nodes: masters(3),
    steps: [{ do: 'excludeVoting', nodes: ['m-2'] }, { do: 'clearVoting' }],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'an-exclusion-of-nobody-takes-no-vote',
    nodes: masters(3),
    steps: [{ do: 'excludeVoting', nodes: ['nobody'] }],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'of-five-masters-two-leave-in-order',
    nodes: masters(5),
    steps: [
      { do: 'excludeVoting', nodes: ['m-4'] },
      { do: 'kill', nodes: ['m-4'] },
      { do: 'excludeVoting', nodes: ['m-3'] },
      { do: 'kill', nodes: ['m-3'] },
      { do: 'clearVoting' },
    ],
    expected: { health: 'green', voters: ['m-0', 'm-1', 'm-2'] },
  },
  {
    name: 'excluded-from-votes-is-not-excluded-from-shards',
    nodes: [{ name: 'n-0', roles: ['master', 'data_hot', 'data_content'] }, ...masters(2)],
    indices: logs(0),
    steps: [{ do: 'excludeVoting', nodes: ['n-0'] }],
    expected: { health: 'green', noVoters: ['n-0'], notEmpty: ['n-0'], indices: { logs: { onlyOn: ['n-0'] } } },
  },
];

export const quorumCases: readonly AgreementCase[] = [...sizes, ...deaths, ...exclusions];
