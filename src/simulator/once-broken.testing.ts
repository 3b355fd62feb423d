// Stories in which the operator broke a promise once, or a stack waited for ever: each is told in every run of the tests.
/* eslint-disable max-lines -- a list, one story after the other */
import type { Story } from './happenings.testing.ts';

/** What happened, and the story. */
export const onceBroken: readonly (readonly [string, Story])[] = [
  [
    'a StatefulSet is made anew with another version while its pods are seen as they were',
    {
      from: 'small',
      happenings: [
        { kind: 'halfAnswer', ticks: 5 },
        { kind: 'slowWatch', ticks: 4 },
        { kind: 'wait', ticks: 5 },
        { kind: 'edit', edit: { size: 60 } },
        { kind: 'edit', edit: { data: 1, version: '9.5.0' } },
        { kind: 'kill', node: 8 },
        { kind: 'slowWatch', ticks: 3 },
      ],
    },
  ],
  [
    'a version is taken back while the first node that runs it is about to join',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { size: 60 } },
        { kind: 'rollover' },
        { kind: 'halfAnswer', ticks: 6 },
        { kind: 'wait', ticks: 7 },
        { kind: 'edit', edit: { config: 'another', version: '9.5.0' } },
        { kind: 'silence', ticks: 5 },
        { kind: 'crash', after: 1 },
        { kind: 'edit', edit: { version: '9.4.3' } },
      ],
    },
  ],
  [
    'masters that have just joined leave, and one is handed the vote of another in its last moment',
    {
      from: 'small',
      happenings: [
        { kind: 'fill', node: 10 },
        { kind: 'crash', after: 2 },
        { kind: 'edit', edit: { whenDeleted: 'Retain', data: 1 } },
        { kind: 'halfAnswer', ticks: 1 },
        { kind: 'edit', edit: { masters: 5 } },
        { kind: 'edit', edit: { masters: 1 } },
        { kind: 'edit', edit: { ingest: 0, data: 1 } },
      ],
    },
  ],
  [
    'a node is to leave while it restarts with a new version',
    {
      from: 'small',
      happenings: [
        { kind: 'wait', ticks: 8 },
        { kind: 'edit', edit: { config: 'another' } },
        { kind: 'slowWatch', ticks: 6 },
        { kind: 'evict', node: 9 },
        { kind: 'edit', edit: { version: '9.5.0', config: 'usual' } },
        { kind: 'wait', ticks: 2 },
        { kind: 'edit', edit: { data: 1, redundancy: 'Double' } },
        { kind: 'silence', ticks: 7 },
      ],
    },
  ],
  [
    'a pool goes whose roll was begun',
    {
      from: 'small',
      happenings: [
        { kind: 'cordon', node: 3 },
        { kind: 'wait', ticks: 4 },
        { kind: 'oldShards', ticks: 3 },
        { kind: 'edit', edit: { data: 2, config: 'changed' } },
        { kind: 'evict', node: 5 },
        { kind: 'edit', edit: { ingest: 0, topology: 'Combined' } },
        { kind: 'crash', after: 0 },
      ],
    },
  ],
  [
    'a pool goes with a config that no node starts with',
    {
      from: 'usual',
      happenings: [
        { kind: 'crash', after: 3 },
        { kind: 'crash', after: 0 },
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'edit', edit: { topology: 'Dedicated' } },
        { kind: 'wait', ticks: 3 },
        { kind: 'edit', edit: { masters: 1, topology: 'Combined' } },
        { kind: 'crash', after: 3 },
      ],
    },
  ],
  [
    'a pool goes while its StatefulSet is made anew',
    {
      from: 'small',
      happenings: [
        { kind: 'crash', after: 2 },
        { kind: 'edit', edit: { size: 80 } },
        { kind: 'mute', node: 11 },
        { kind: 'edit', edit: { topology: 'Combined', ingest: 1 } },
        { kind: 'edit', edit: { size: 60, warm: 1 } },
        { kind: 'mute', node: 0 },
      ],
    },
  ],
  [
    'two masters go at once while a third does not answer',
    {
      from: 'small',
      happenings: [
        { kind: 'freeze', node: 6 },
        { kind: 'edit', edit: { masters: 5, size: 80 } },
        { kind: 'edit', edit: { masters: 3 } },
        { kind: 'edit', edit: { size: 80 } },
        { kind: 'freeze', node: 4 },
        { kind: 'evict', node: 0 },
        { kind: 'edit', edit: { warm: 0 } },
      ],
    },
  ],
  [
    'a pod that only another template can mend is to get another version, too',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'edit', edit: { masters: 1, ingest: 1 } },
        { kind: 'edit', edit: { version: '9.5.0' } },
        { kind: 'burst' },
        { kind: 'noGrowth', node: 9 },
      ],
    },
  ],
  [
    'a node was emptied before nodes of a higher number, which go as well',
    {
      from: 'small',
      happenings: [
        { kind: 'burst' },
        { kind: 'edit', edit: { data: 1 } },
        { kind: 'halfAnswer', ticks: 5 },
        { kind: 'edit', edit: { config: 'another' } },
        { kind: 'freeze', node: 5 },
        { kind: 'edit', edit: { data: 4 } },
        { kind: 'edit', edit: { topology: 'Combined' } },
      ],
    },
  ],
  [
    'nodes of two versions leave, one after the other',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { version: '9.5.0', data: 3 } },
        { kind: 'oldShards', ticks: 3 },
        { kind: 'edit', edit: { masters: 3 } },
        { kind: 'edit', edit: { data: 1, masters: 3 } },
        { kind: 'crash', after: 3 },
      ],
    },
  ],
  [
    'a pool goes whose last copy is on a node that the config keeps from starting',
    {
      from: 'usual',
      happenings: [
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'edit', edit: { data: 1, maxUnavailable: 2 } },
        { kind: 'burst' },
        { kind: 'wait', ticks: 4 },
        { kind: 'edit', edit: { topology: 'Combined' } },
        { kind: 'burst' },
        { kind: 'wait', ticks: 5 },
        { kind: 'edit', edit: { masters: 5 } },
      ],
    },
  ],
  [
    'the single master of the old version ends while a node of the new one is there',
    {
      from: 'small',
      happenings: [
        { kind: 'wait', ticks: 8 },
        { kind: 'silence', ticks: 2 },
        { kind: 'edit', edit: { version: '9.5.0' } },
        { kind: 'halfAnswer', ticks: 3 },
        { kind: 'edit', edit: { data: 2 } },
        { kind: 'freeze', node: 0 },
        { kind: 'snapshot' },
        { kind: 'evict', node: 2 },
      ],
    },
  ],
  [
    'a pool goes while its StatefulSet is made anew, and then another one is to be',
    {
      from: 'small',
      happenings: [
        { kind: 'rollover' },
        { kind: 'edit', edit: { topology: 'Dedicated' } },
        { kind: 'edit', edit: { version: '9.4.3', config: 'changed' } },
        { kind: 'edit', edit: { topology: 'Combined' } },
        { kind: 'edit', edit: { size: 80, warm: 2 } },
        { kind: 'cordon', node: 9 },
        { kind: 'edit', edit: { topology: 'Dedicated' } },
      ],
    },
  ],
  [
    'a master that leaves is evicted when all others are of a newer version',
    {
      from: 'small',
      happenings: [
        { kind: 'wait', ticks: 2 },
        { kind: 'rollover' },
        { kind: 'edit', edit: { data: 2 } },
        { kind: 'edit', edit: { whenDeleted: 'Retain' } },
        { kind: 'edit', edit: { masters: 1, version: '9.5.0' } },
        { kind: 'edit', edit: { topology: 'Combined', config: 'usual' } },
        { kind: 'wait', ticks: 8 },
        { kind: 'evict', node: 2 },
      ],
    },
  ],
  [
    'a version is wanted after the copies were lowered for a node that leaves',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { data: 3 } },
        { kind: 'edit', edit: { maxUnavailable: 1, data: 1 } },
        { kind: 'edit', edit: { version: '9.5.0' } },
        { kind: 'cordon', node: 8 },
        { kind: 'burst' },
        { kind: 'edit', edit: { data: 1 } },
        { kind: 'evict', node: 7 },
      ],
    },
  ],
  [
    'a new template is written while a node that left is still seen',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { masters: 5, topology: 'Dedicated' } },
        { kind: 'edit', edit: { config: 'bad', data: 4 } },
        { kind: 'crash', after: 0 },
        { kind: 'edit', edit: { redundancy: 'Double', data: 1 } },
        { kind: 'kill', node: 2 },
        { kind: 'edit', edit: { data: 3 } },
        { kind: 'edit', edit: { whenDeleted: 'Delete', config: 'changed' } },
        { kind: 'slowWatch', ticks: 8 },
      ],
    },
  ],
  [
    'a new pool that never started is to have the version that was before',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'edit', edit: { data: 2, masters: 3 } },
        { kind: 'edit', edit: { version: '9.5.0' } },
        { kind: 'edit', edit: { warm: 2 } },
        { kind: 'edit', edit: { version: '9.4.3' } },
        { kind: 'wait', ticks: 8 },
      ],
    },
  ],
  [
    'a version is taken back in the moment in which its first node joins',
    {
      from: 'usual',
      happenings: [
        { kind: 'kill', node: 1 },
        { kind: 'edit', edit: { version: '9.5.0' } },
        { kind: 'cordon', node: 7 },
        { kind: 'wait', ticks: 2 },
        { kind: 'edit', edit: { version: '9.4.3' } },
      ],
    },
  ],
  [
    'a pool goes one node of which is about to be replaced out of turn',
    {
      from: 'small',
      happenings: [
        { kind: 'wait', ticks: 2 },
        { kind: 'fill', node: 6 },
        { kind: 'rollover' },
        { kind: 'edit', edit: { config: 'changed', data: 2 } },
        { kind: 'silence', ticks: 8 },
        { kind: 'edit', edit: { masters: 5 } },
        { kind: 'edit', edit: { topology: 'Combined', redundancy: 'Double' } },
      ],
    },
  ],
  [
    'a node that is to leave is evicted while it ends',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'wait', ticks: 2 },
        { kind: 'wait', ticks: 5 },
        { kind: 'edit', edit: { data: 1, redundancy: 'None' } },
        { kind: 'crash', after: 3 },
        { kind: 'evict', node: 7 },
        { kind: 'halfAnswer', ticks: 7 },
        { kind: 'wait', ticks: 8 },
      ],
    },
  ],
  [
    'a node that is to leave needs a config with which it starts, because it has the only copy',
    {
      from: 'usual',
      happenings: [
        { kind: 'crash', after: 2 },
        { kind: 'edit', edit: { redundancy: 'None', size: 80 } },
        { kind: 'edit', edit: { config: 'bad' } },
        { kind: 'edit', edit: { topology: 'Dedicated' } },
        { kind: 'fill', node: 3 },
        { kind: 'edit', edit: { warm: 2, data: 1 } },
        { kind: 'oldShards', ticks: 5 },
        { kind: 'edit', edit: { version: '9.5.0' } },
      ],
    },
  ],
  [
    'the vote of a master that leaves is on no node any more',
    {
      from: 'small',
      happenings: [
        { kind: 'snapshot' },
        { kind: 'edit', edit: { topology: 'Combined' } },
        { kind: 'wait', ticks: 6 },
        { kind: 'cordon', node: 11 },
        { kind: 'edit', edit: { masters: 5 } },
        { kind: 'edit', edit: { size: 80 } },
        { kind: 'edit', edit: { config: 'changed' } },
      ],
    },
  ],
  [
    'the first master ends while nodes of a newer version without a vote are there',
    {
      from: 'small',
      happenings: [
        { kind: 'edit', edit: { version: '9.5.0', data: 1 } },
        { kind: 'edit', edit: { redundancy: 'None', topology: 'Combined' } },
        { kind: 'fill', node: 11 },
        { kind: 'kill', node: 11 },
        { kind: 'snapshot' },
        { kind: 'noGrowth', node: 8 },
        { kind: 'edit', edit: { data: 2 } },
        { kind: 'wait', ticks: 8 },
      ],
    },
  ],
  [
    'a node comes back with a newer version while it is drained',
    {
      from: 'usual',
      happenings: [
        { kind: 'rollover' },
        { kind: 'evict', node: 5 },
        { kind: 'wait', ticks: 4 },
        { kind: 'edit', edit: { redundancy: 'Double' } },
        { kind: 'edit', edit: { masters: 3, version: '9.5.0' } },
        { kind: 'oldShards', ticks: 1 },
        { kind: 'edit', edit: { data: 1 } },
        { kind: 'cordon', node: 6 },
      ],
    },
  ],
];
