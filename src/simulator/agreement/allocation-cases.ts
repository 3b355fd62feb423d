// Agreement cases: copies, what may be allocated at all, nodes that are lost.
import type { AgreementCase } from './case.ts';
import { hot, hotNodes, logs } from './nodes.ts';

const copies: readonly AgreementCase[] = [
  {
    name: 'one-node-holds-an-index-without-copies',
    nodes: hotNodes(1),
    indices: logs(0),
    steps: [],
    expected: { health: 'green', indices: { logs: { started: 1, onlyOn: ['d-0'], writable: true } } },
  },
  {
    name: 'one-node-takes-no-second-copy',
    nodes: hotNodes(1),
    indices: logs(1),
    steps: [],
    expected: { health: 'yellow', indices: { logs: { started: 1, unassigned: 1, writable: true } } },
  },
  {
    name: 'two-nodes-hold-a-copy-each',
    nodes: hotNodes(2),
    indices: logs(1, { shards: 3 }),
    steps: [],
    expected: { health: 'green', indices: { logs: { started: 6, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'more-copies-than-nodes-stay-unassigned',
    nodes: hotNodes(2),
    indices: logs(2),
    steps: [],
    expected: { health: 'yellow', indices: { logs: { started: 2, unassigned: 1 } } },
  },
  {
    name: 'fewer-copies-make-it-green',
    nodes: hotNodes(2),
    indices: logs(2),
    steps: [{ do: 'replicas', index: 'logs', replicas: 1 }],
    expected: { health: 'green', indices: { logs: { started: 2, replicas: 1 } } },
  },
  {
    name: 'a-new-node-takes-the-missing-copy',
    nodes: hotNodes(1),
    indices: logs(1),
    steps: [{ do: 'add', nodes: [hot('d-1')] }],
    expected: { health: 'green', indices: { logs: { started: 2, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'a-new-node-takes-its-share',
    nodes: hotNodes(1),
    indices: logs(0, { shards: 6 }),
    steps: [{ do: 'add', nodes: [hot('d-1')] }],
    expected: { health: 'green', notEmpty: ['d-0', 'd-1'], indices: { logs: { started: 6 } } },
  },
  {
    name: 'without-rebalancing-a-new-node-stays-empty',
    nodes: hotNodes(1),
    settings: { 'cluster.routing.rebalance.enable': 'none' },
    indices: logs(0, { shards: 6 }),
    steps: [{ do: 'add', nodes: [hot('d-1')] }],
    expected: { health: 'green', empty: ['d-1'], indices: { logs: { started: 6, onlyOn: ['d-0'] } } },
  },
  {
    name: 'shards-beyond-the-limit-are-refused',
    nodes: hotNodes(1),
    settings: { 'cluster.max_shards_per_node': '2' },
    indices: logs(0),
    steps: [{ do: 'create', index: { name: 'more', shards: 2, replicas: 0 }, refused: true }],
    expected: { health: 'green', indices: { logs: { started: 1 } } },
  },
  {
    name: 'copies-beyond-the-limit-are-refused',
    nodes: hotNodes(1),
    settings: { 'cluster.max_shards_per_node': '2' },
    indices: logs(0, { shards: 2 }),
    steps: [{ do: 'replicas', index: 'logs', replicas: 1, refused: true }],
    expected: { health: 'green', indices: { logs: { started: 2, replicas: 0 } } },
  },
];

const enabling: readonly AgreementCase[] = [
  {
    name: 'with-allocation-off-a-new-index-is-red',
    nodes: hotNodes(1),
    settings: { 'cluster.routing.allocation.enable': 'none' },
    indices: logs(0),
    steps: [],
    expected: { health: 'red', indices: { logs: { unassigned: 1 } } },
  },
  {
    name: 'with-primaries-only-copies-stay-unassigned',
    nodes: hotNodes(2),
    settings: { 'cluster.routing.allocation.enable': 'primaries' },
    indices: logs(1),
    steps: [],
    expected: { health: 'yellow', indices: { logs: { started: 1, unassigned: 1 } } },
  },
  {
    name: 'with-allocation-off-nothing-leaves-an-excluded-node',
    nodes: hotNodes(2),
    indices: logs(0, { filters: { 'require._name': 'd-0' } }),
    steps: [
      { do: 'set', settings: { 'cluster.routing.allocation.enable': 'none' } },
      { do: 'filter', index: 'logs', filters: { 'require._name': null } },
      { do: 'exclude', nodes: ['d-0'] },
    ],
    expected: { health: 'green', notEmpty: ['d-0'], indices: { logs: { onlyOn: ['d-0'] } } },
  },
  {
    name: 'with-allocation-off-a-restarted-node-gets-its-primary-back',
    nodes: hotNodes(1),
    indices: logs(0),
    steps: [
      { do: 'set', settings: { 'cluster.routing.allocation.enable': 'none' } },
      { do: 'kill', nodes: ['d-0'] },
      { do: 'start', nodes: ['d-0'] },
    ],
    expected: { health: 'green', indices: { logs: { started: 1 } } },
  },
  {
    name: 'with-primaries-only-a-restarted-node-gets-no-copy-back',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [
      { do: 'set', settings: { 'cluster.routing.allocation.enable': 'primaries' } },
      { do: 'kill', nodes: ['d-1'] },
      { do: 'start', nodes: ['d-1'] },
    ],
    expected: { health: 'yellow', empty: ['d-1'], indices: { logs: { started: 1, unassigned: 1 } } },
  },
  {
    name: 'with-allocation-on-again-it-gets-its-copy-back',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [
      { do: 'set', settings: { 'cluster.routing.allocation.enable': 'primaries' } },
      { do: 'kill', nodes: ['d-1'] },
      { do: 'start', nodes: ['d-1'] },
      { do: 'set', settings: { 'cluster.routing.allocation.enable': null } },
    ],
    expected: { health: 'green', indices: { logs: { started: 2, allOn: ['d-0', 'd-1'] } } },
  },
];

const losses: readonly AgreementCase[] = [
  {
    name: 'when-a-node-is-lost-others-make-its-copies-anew',
    nodes: hotNodes(3),
    indices: logs(1, { shards: 3 }),
    steps: [{ do: 'kill', nodes: ['d-2'] }],
    expected: { health: 'green', indices: { logs: { started: 6, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'when-one-of-two-is-lost-the-other-serves-on',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [{ do: 'kill', nodes: ['d-0'] }],
    expected: { health: 'yellow', indices: { logs: { started: 1, unassigned: 1, onlyOn: ['d-1'], writable: true } } },
  },
  {
    name: 'when-the-only-holder-is-lost-it-is-red',
    nodes: hotNodes(2),
    indices: logs(0, { filters: { 'require._name': 'd-0' } }),
    steps: [{ do: 'kill', nodes: ['d-0'] }],
    expected: { health: 'red', empty: ['d-1'], indices: { logs: { unassigned: 1, writable: false } } },
  },
  {
    name: 'when-the-only-holder-comes-back-all-is-well',
    nodes: hotNodes(2),
    indices: logs(0, { shards: 2 }),
    steps: [
      { do: 'write', index: 'logs' },
      { do: 'kill', nodes: ['d-0', 'd-1'] },
      { do: 'start', nodes: ['d-0', 'd-1'] },
    ],
    expected: { health: 'green', indices: { logs: { started: 2, writable: true } } },
  },
  {
    name: 'a-copy-that-missed-a-write-never-serves-again',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [
      { do: 'write', index: 'logs' },
      { do: 'kill', nodes: ['d-1'] },
      { do: 'write', index: 'logs' },
      { do: 'kill', nodes: ['d-0'] },
      { do: 'start', nodes: ['d-1'] },
    ],
    expected: { health: 'red', indices: { logs: { started: 0, unassigned: 2, writable: false } } },
  },
  {
    name: 'both-come-back-and-the-newer-copy-wins',
    nodes: hotNodes(2),
    indices: logs(1),
    steps: [
      { do: 'write', index: 'logs' },
      { do: 'kill', nodes: ['d-1'] },
      { do: 'write', index: 'logs' },
      { do: 'kill', nodes: ['d-0'] },
      { do: 'start', nodes: ['d-1'] },
      { do: 'start', nodes: ['d-0'] },
    ],
    expected: { health: 'green', indices: { logs: { started: 2, writable: true } } },
  },
];

export const allocationCases: readonly AgreementCase[] = [...copies, ...enabling, ...losses];
