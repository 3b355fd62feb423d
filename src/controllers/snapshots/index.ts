// The kinds about snapshots that have queues of their own, and what else wakes them.
import type { KindOfPeople } from '../watches.ts';
import type { ObjectController } from './framework.ts';
import { repositoryController } from './repository.ts';
import { restoreController } from './restore.ts';
import { scheduleController } from './schedule.ts';
import { snapshotController } from './snapshot.ts';

interface QueuedKind {
  /** Of the queue, in logs and metrics. */
  readonly name: string;
  readonly controller: ObjectController;
  /** Kinds whose changes wake all objects about the same stack. */
  readonly wokenBy: readonly (KindOfPeople | 'LoggingStack')[];
}

/** A snapshot or a restore waits for its repository; a repository is let go when nothing needs it any more. */
export const snapshotControllers = (): readonly QueuedKind[] => [
  {
    name: 'stack-repository',
    controller: repositoryController(),
    wokenBy: ['LoggingStack', 'StackSnapshot', 'StackSnapshotSchedule'],
  },
  { name: 'stack-snapshot', controller: snapshotController(), wokenBy: ['LoggingStack', 'StackRepository'] },
  { name: 'stack-snapshot-schedule', controller: scheduleController(), wokenBy: ['LoggingStack', 'StackRepository'] },
  {
    name: 'stack-restore',
    controller: restoreController(),
    wokenBy: ['LoggingStack', 'StackRepository', 'StackSnapshot'],
  },
];
