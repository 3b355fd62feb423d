// StackSnapshotSchedules: looks at a schedule's snapshots in their repository when there is something to do, plans, acts.
import {
  scheduleReadyCondition,
  type StackSnapshotScheduleSpec,
  stackSnapshotScheduleKind,
  type StackSnapshotScheduleStatus,
} from '../../api/stack-snapshot-schedule.ts';
import { scheduleNamePattern } from '../../core/snapshots/identity.ts';
import { type RefusedWrite, withRefusedWrites } from '../../core/snapshots/refused-writes.ts';
import { planSchedule, type ScheduleInput, type SchedulePlan } from '../../core/snapshots/schedule-plan.ts';
import { needsLook, type ScheduleObjects, waitingSince } from '../../core/snapshots/schedule-view.ts';
import { unknownEnds, withKnownEnds } from '../../core/snapshots/schedule-ends.ts';
import type { SnapshotInfo } from '../../core/snapshots/observed.ts';
import type { EsClient } from '../../elasticsearch/client.ts';
import { getSnapshot, listSnapshots } from '../../elasticsearch/snapshots/snapshots.ts';
import { carryOut } from './act.ts';
import { answerOf, type ObjectController, type ObjectLook, type ObjectOutcome, stackObject } from './framework.ts';
import { startVerdict } from './start.ts';

/** Requests for snapshots that were accepted, by uid of the schedule: what is not in the repository then could not be written. */
type Accepted = Map<string, readonly SchedulePlan['actions'][number][]>;

export function scheduleController(): ObjectController {
  const accepted: Accepted = new Map();
  return {
    kind: stackSnapshotScheduleKind,
    condition: scheduleReadyCondition,
    reconcile: (look, signal) => step(look, accepted, signal),
  };
}
