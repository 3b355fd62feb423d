// Agreement cases: nodes that get no shards, and indices that are tied to nodes.
import type { AgreementCase } from './case.ts';
import { hot, hotNodes, logs } from './nodes.ts';

const exclusions: readonly AgreementCase[] = [
  {
    name: 'an-excluded-node-is-emptied',
    nodes: hotNodes(3),
    indices: logs(1, { shards: 3, mebibytesPerShard: 2 }),
    steps: [{ do: 'exclude', nodes: ['d-2'] }],
    expected: { health: 'green', empty: ['d-2'], indices: { logs: { started: 6, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'an-excluded-node-keeps-what-nobody-else-can-take',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [{ do: 'exclude', nodes: ['d-1'] }],
    expected: { health: 'green', notEmpty: ['d-1'], indices: { logs: { started: 2, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'fewer-copies-then-an-excluded-node-is-emptied',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [
      { do: 'replicas', index: 'logs', replicas: 0 },
      { do: 'exclude', nodes: ['d-1'] },
    ],
    expected: { health: 'green', empty: ['d-1'], indices: { logs: { started: 1, onlyOn: ['d-0'] } } },
  },
  {
    name: 'two-of-four-are-emptied-at-once',
    nodes: hotNodes(4),
    indices: logs(1, { shards: 4 }),
    steps: [{ do: 'exclude', nodes: ['d-2', 'd-3'] }],
    expected: { health: 'green', empty: ['d-2', 'd-3'], indices: { logs: { allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'an-exclusion-may-have-a-wildcard',
    nodes: [...hotNodes(2), hot('x-0'), hot('x-1')],
    indices: logs(1, { shards: 2 }),
    steps: [{ do: 'exclude', nodes: ['x-*'] }],
    expected: { health: 'green', empty: ['x-0', 'x-1'], indices: { logs: { started: 4 } } },
  },
  {
    name: 'an-exclusion-of-nobody-changes-nothing',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [{ do: 'exclude', nodes: ['nobody'] }],
    expected: { health: 'green', indices: { logs: { allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'a-cleared-exclusion-lets-copies-back',
    nodes: hotNodes(2),
    indices: logs(0),
    steps: [
      { do: 'exclude', nodes: ['d-1'] },
      { do: 'replicas', index: 'logs', replicas: 1 },
      { do: 'exclude', nodes: [] },
    ],
    expected: { health: 'green', indices: { logs: { started: 2, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'an-excluded-node-takes-no-new-copy',
    nodes: hotNodes(2),
    indices: [],
    steps: [
      { do: 'exclude', nodes: ['d-1'] },
      { do: 'create', index: { name: 'logs', replicas: 1 } },
    ],
    expected: { health: 'yellow', empty: ['d-1'], indices: { logs: { started: 1, unassigned: 1 } } },
  },
  {
    name: 'where-all-are-excluded-a-new-index-is-red',
    nodes: hotNodes(1),
    indices: [],
    steps: [
      { do: 'exclude', nodes: ['d-0'] },
      { do: 'create', index: { name: 'logs', replicas: 0 } },
    ],
    expected: { health: 'red', indices: { logs: { unassigned: 1, writable: false } } },
  },
  {
    name: 'an-excluded-node-that-restarts-gets-its-primary-back',
    nodes: hotNodes(1),
    indices: logs(0),
    steps: [
      { do: 'exclude', nodes: ['d-0'] },
      { do: 'kill', nodes: ['d-0'] },
      { do: 'start', nodes: ['d-0'] },
    ],
    expected: { health: 'green', notEmpty: ['d-0'], indices: { logs: { started: 1, writable: true } } },
  },
  {
    name: 'an-index-tied-to-an-excluded-node-stays',
    nodes: hotNodes(2),
    indices: logs(0, { filters: { 'require._name': 'd-1' } }),
    steps: [{ do: 'exclude', nodes: ['d-1'] }],
    expected: { health: 'green', notEmpty: ['d-1'], indices: { logs: { onlyOn: ['d-1'] } } },
  },
];

const filters: readonly AgreementCase[] = [
  {
    name: 'a-required-name-moves-the-index',
    nodes: hotNodes(2),
    indices: logs(0, { filters: { 'require._name': 'd-0' } }),
    steps: [{ do: 'filter', index: 'logs', filters: { 'require._name': 'd-1' } }],
    expected: { health: 'green', empty: ['d-0'], indices: { logs: { started: 1, onlyOn: ['d-1'] } } },
  },
  {
    name: 'an-index-may-exclude-a-node',
    nodes: hotNodes(3),
    indices: logs(1, { filters: { 'exclude._name': 'd-0' } }),
    steps: [],
    expected: { health: 'green', empty: ['d-0'], indices: { logs: { allOn: ['d-1', 'd-2'] } } },
  },
  {
    name: 'an-index-may-include-one-of-several',
    nodes: hotNodes(3),
    indices: logs(1, { filters: { 'include._name': 'd-0,d-2' } }),
    steps: [],
    expected: { health: 'green', empty: ['d-1'], indices: { logs: { allOn: ['d-0', 'd-2'] } } },
  },
  {
    name: 'a-new-index-that-nobody-may-hold-is-red',
    nodes: hotNodes(1),
    indices: logs(0, { filters: { 'require._name': 'nobody' } }),
    steps: [],
    expected: { health: 'red', empty: ['d-0'], indices: { logs: { unassigned: 1 } } },
  },
  {
    name: 'an-index-that-nobody-may-hold-any-more-stays',
    nodes: hotNodes(2),
    indices: logs(0, { filters: { 'require._name': 'd-0' } }),
    steps: [{ do: 'filter', index: 'logs', filters: { 'require._name': 'nobody' } }],
    expected: { health: 'green', indices: { logs: { started: 1, onlyOn: ['d-0'] } } },
  },
];

export const filterCases: readonly AgreementCase[] = [...exclusions, ...filters];
