// The kinds about snapshots that have queues of their own, and what else wakes them.
import type { KindOfPeople } from '../watches.ts';
import type { ObjectController } from './framework.ts';
import { scheduleController } from './schedule.ts';
import { snapshotController } from './snapshot.ts';

interface QueuedKind {
  /** Of the queue, in logs and metrics. */
  readonly name: string;
  readonly controller: ObjectController;
  /** Kinds whose changes wake all objects about the same stack. */
  readonly wokenBy: readonly (KindOfPeople | 'LoggingStack')[];
}

export const snapshotControllers = (): readonly QueuedKind[] => [
  { name: 'stack-snapshot', controller: snapshotController(), wokenBy: ['LoggingStack', 'StackRepository'] },
  { name: 'stack-snapshot-schedule', controller: scheduleController(), wokenBy: ['LoggingStack', 'StackRepository'] },
];
