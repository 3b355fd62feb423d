// Agreement cases: tiers, copies that follow the number of nodes, zones, disks.
import type { AgreementCase, CaseNode } from './case.ts';
import { hot, hotNodes, logs, masters, warm, zoned } from './nodes.ts';

const warmThenHot = { tierPreference: ['data_warm', 'data_hot'] } as const;

const tiers: readonly AgreementCase[] = [
  {
    name: 'the-first-tier-that-is-there-is-taken',
    nodes: hotNodes(1),
    indices: logs(0, warmThenHot),
    steps: [],
    expected: { health: 'green', indices: { logs: { onlyOn: ['d-0'] } } },
  },
  {
    name: 'an-index-moves-to-its-tier-when-that-comes',
    nodes: hotNodes(1),
    indices: logs(0, warmThenHot),
    steps: [{ do: 'add', nodes: [warm('w-0')] }],
    expected: { health: 'green', empty: ['d-0'], indices: { logs: { onlyOn: ['w-0'] } } },
  },
  {
    name: 'an-excluded-tier-is-still-there',
    nodes: [...hotNodes(1), warm('w-0')],
    indices: logs(0, warmThenHot),
    steps: [{ do: 'exclude', nodes: ['w-0'] }],
    expected: { health: 'green', notEmpty: ['w-0'], indices: { logs: { onlyOn: ['w-0'] } } },
  },
  {
    name: 'another-preference-empties-the-tier',
    nodes: [...hotNodes(1), warm('w-0')],
    indices: logs(0, warmThenHot),
    steps: [{ do: 'tiers', index: 'logs', tierPreference: ['data_hot'] }],
    expected: { health: 'green', empty: ['w-0'], indices: { logs: { onlyOn: ['d-0'] } } },
  },
  {
    name: 'copies-do-not-spill-into-another-tier',
    nodes: [...hotNodes(2), warm('w-0')],
    indices: logs(1, warmThenHot),
    steps: [],
    expected: { health: 'yellow', indices: { logs: { started: 1, unassigned: 1, onlyOn: ['w-0'] } } },
  },
  {
    name: 'a-tier-that-nobody-has-leaves-an-index-red',
    nodes: hotNodes(1),
    indices: logs(0, { tierPreference: ['data_cold'] }),
    steps: [],
    expected: { health: 'red', indices: { logs: { unassigned: 1 } } },
  },
  {
    name: 'a-node-for-all-data-is-of-every-tier',
    nodes: [...masters(1), { name: 'a-0', roles: ['data'] }],
    indices: logs(0, { tierPreference: ['data_cold'] }),
    steps: [],
    expected: { health: 'green', indices: { logs: { onlyOn: ['a-0'] } } },
  },
  {
    name: 'when-a-tier-loses-one-of-two-nothing-falls-back',
    nodes: [...hotNodes(1), warm('w-0'), warm('w-1')],
    indices: logs(1, warmThenHot),
    steps: [{ do: 'kill', nodes: ['w-1'] }],
    expected: { health: 'yellow', empty: ['d-0'], indices: { logs: { started: 1, onlyOn: ['w-0'] } } },
  },
  {
    name: 'data-is-not-had-from-a-lost-tier',
    nodes: [...hotNodes(1), warm('w-0')],
    indices: logs(0, warmThenHot),
    steps: [{ do: 'kill', nodes: ['w-0'] }],
    expected: { health: 'red', empty: ['d-0'], indices: { logs: { unassigned: 1 } } },
  },
];

const expanding: readonly AgreementCase[] = [
  {
    name: 'copies-that-follow-the-nodes-are-none-on-one',
    nodes: hotNodes(1),
    indices: logs(1, { autoExpand: '0-1' }),
    steps: [],
    expected: { health: 'green', indices: { logs: { replicas: 0, started: 1 } } },
  },
  {
    name: 'copies-that-follow-the-nodes-rise-with-them',
    nodes: hotNodes(1),
    indices: logs(0, { autoExpand: '0-1' }),
    steps: [{ do: 'add', nodes: [hot('d-1'), hot('d-2')] }],
    expected: { health: 'green', indices: { logs: { replicas: 1, started: 2 } } },
  },
  {
    name: 'copies-on-all-nodes',
    nodes: hotNodes(3),
    indices: logs(0, { autoExpand: '0-all' }),
    steps: [],
    expected: { health: 'green', indices: { logs: { replicas: 2, allOn: ['d-0', 'd-1', 'd-2'] } } },
  },
  {
    name: 'an-excluded-node-does-not-count-for-copies-that-follow',
    nodes: hotNodes(2),
    indices: logs(0, { autoExpand: '0-1' }),
    steps: [{ do: 'exclude', nodes: ['d-1'] }],
    expected: { health: 'green', empty: ['d-1'], indices: { logs: { replicas: 0, onlyOn: ['d-0'] } } },
  },
  {
    name: 'nodes-of-another-tier-do-not-count-for-copies-that-follow',
    nodes: [...hotNodes(2), warm('w-0')],
    indices: logs(0, { autoExpand: '0-all', tierPreference: ['data_hot'] }),
    steps: [],
    expected: { health: 'green', empty: ['w-0'], indices: { logs: { replicas: 1, started: 2 } } },
  },
];

const twoZones = [...masters(1), zoned('d-0', 'a'), zoned('d-1', 'a'), zoned('d-2', 'b')];
const byZone = { 'cluster.routing.allocation.awareness.attributes': 'zone' } as const;

const zones: readonly AgreementCase[] = [
  {
    name: 'copies-are-in-different-zones',
    nodes: twoZones,
    settings: byZone,
    indices: logs(1, { shards: 4 }),
    steps: [],
    expected: { health: 'green', indices: { logs: { started: 8, allOn: ['d-2'] } } },
  },
  {
    name: 'when-a-zone-is-lost-the-other-takes-its-copies',
    nodes: twoZones,
    settings: byZone,
    indices: logs(1, { shards: 2 }),
    steps: [{ do: 'kill', nodes: ['d-2'] }],
    expected: { health: 'green', indices: { logs: { started: 4, allOn: ['d-0', 'd-1'] } } },
  },
  {
    name: 'a-zone-that-must-be-there-keeps-its-place',
    nodes: twoZones,
    settings: { ...byZone, 'cluster.routing.allocation.awareness.force.zone.values': 'a,b' },
    indices: logs(1, { shards: 2 }),
    steps: [{ do: 'kill', nodes: ['d-2'] }],
    expected: { health: 'yellow', indices: { logs: { started: 2, unassigned: 2 } } },
  },
];

const disk = (name: string): CaseNode => hot(name, { diskMebibytes: 512 });
const disks = (count: number): readonly CaseNode[] => hotNodes(count, { diskMebibytes: 512 });
const onFirst = { filters: { 'require._name': 'd-0' } } as const;
const untie = { do: 'filter', index: 'logs', filters: { 'require._name': null } } as const;

/** Of 512 MiB: below all watermarks, above the high one, above the flood stage. */
const aboveHigh = 475;
const aboveFlood = 495;

const watermarks: readonly AgreementCase[] = [
  {
    name: 'a-full-disk-takes-no-copy',
    nodes: disks(2),
    indices: logs(0, onFirst),
    steps: [{ do: 'fill', node: 'd-1', mebibytes: aboveHigh }, untie, { do: 'replicas', index: 'logs', replicas: 1 }],
    expected: { health: 'yellow', empty: ['d-1'], indices: { logs: { started: 1, unassigned: 1, onlyOn: ['d-0'] } } },
  },
  {
    name: 'with-the-check-off-a-full-disk-takes-a-copy',
    nodes: disks(2),
    settings: { 'cluster.routing.allocation.disk.threshold_enabled': 'false' },
    indices: logs(0, onFirst),
    steps: [{ do: 'fill', node: 'd-1', mebibytes: aboveHigh }, untie, { do: 'replicas', index: 'logs', replicas: 1 }],
    expected: { health: 'green', indices: { logs: { started: 2 } } },
  },
  {
    name: 'shards-leave-a-full-disk',
    nodes: disks(2),
    indices: logs(0, { ...onFirst, mebibytesPerShard: 10 }),
    steps: [untie, { do: 'fill', node: 'd-0', mebibytes: aboveHigh }],
    expected: { health: 'green', empty: ['d-0'], indices: { logs: { started: 1, onlyOn: ['d-1'] } } },
  },
  {
    name: 'shards-stay-on-a-full-disk-when-there-is-no-other',
    nodes: disks(1),
    indices: logs(0),
    steps: [{ do: 'fill', node: 'd-0', mebibytes: aboveHigh }],
    expected: { health: 'green', indices: { logs: { started: 1, writable: true } } },
  },
  {
    name: 'at-flood-stage-nothing-is-written',
    nodes: disks(1),
    indices: logs(0),
    steps: [{ do: 'fill', node: 'd-0', mebibytes: aboveFlood }],
    expected: { health: 'green', indices: { logs: { started: 1, writable: false } } },
  },
  {
    name: 'after-the-flood-it-is-written-again',
    nodes: disks(1),
    indices: logs(0),
    steps: [
      { do: 'fill', node: 'd-0', mebibytes: aboveFlood },
      { do: 'fill', node: 'd-0', mebibytes: 0 },
    ],
    expected: { health: 'green', indices: { logs: { started: 1, writable: true } } },
  },
  {
    name: 'a-drain-that-does-not-fit-stands-still',
    nodes: disks(2),
    indices: logs(0, { ...onFirst, mebibytesPerShard: 120 }),
    steps: [{ do: 'fill', node: 'd-1', mebibytes: 360 }, untie, { do: 'exclude', nodes: ['d-0'] }],
    expected: { health: 'green', empty: ['d-1'], indices: { logs: { started: 1, onlyOn: ['d-0'] } } },
  },
  {
    name: 'a-further-disk-lets-the-drain-end',
    nodes: disks(2),
    indices: logs(0, { ...onFirst, mebibytesPerShard: 120 }),
    steps: [
      { do: 'fill', node: 'd-1', mebibytes: 360 },
      untie,
      { do: 'exclude', nodes: ['d-0'] },
      { do: 'add', nodes: [disk('d-2')] },
    ],
    expected: { health: 'green', empty: ['d-0', 'd-1'], indices: { logs: { started: 1, onlyOn: ['d-2'] } } },
  },
  {
    name: 'a-watermark-may-be-an-amount',
    nodes: disks(2),
    settings: {
      'cluster.routing.allocation.disk.watermark.low': '300mb',
      'cluster.routing.allocation.disk.watermark.high': '200mb',
      'cluster.routing.allocation.disk.watermark.flood_stage': '100mb',
    },
    indices: logs(0, onFirst),
    steps: [{ do: 'fill', node: 'd-1', mebibytes: 260 }, untie, { do: 'replicas', index: 'logs', replicas: 1 }],
    expected: { health: 'yellow', empty: ['d-1'], indices: { logs: { started: 1, unassigned: 1 } } },
  },
];

export const tierCases: readonly AgreementCase[] = [...tiers, ...expanding, ...zones, ...watermarks];
