// Keeps the record of a run: which steps began and ended when, and which had to wait for which. For plans, and for whoever compares them with what happened.
import type { Action } from '../core/elasticsearch/actions.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import { stepsOf } from '../core/elasticsearch/steps.ts';
import type { Step, StepAction } from '../core/step-actions.ts';
import { isOver, lasts, nameIn, podIn } from './endings.ts';

/** A step as it went. Times are seconds since the first look. */
export interface Recorded extends Step {
  readonly began: number;
  /** Undefined while it is under way. */
  readonly ended: number | undefined;
  /** Places in the record of the steps that it had to wait for. */
  readonly after: readonly number[];
}

interface Entry extends Recorded {
  ended: number | undefined;
  /** The UID of the pod that it was about when it began. */
  readonly uid: string | undefined;
}

export class Recorder {
  readonly #entries: Entry[] = [];

  get record(): readonly Recorded[] {
    return this.#entries;
  }

  /** Ends the steps that a look shows to be over. */
  look(observed: Observed, now: number): void {
    for (const entry of this.#entries)
      if (entry.ended === undefined && isOver(entry, entry.uid, observed)) entry.ended = now;
  }

  /** Begins the steps that are taken upon a look. */
  acted(actions: readonly Action[], observed: Observed, now: number): void {
    for (const step of stepsOf(actions, observed)) {
      if (this.#entries.some((one) => one.ended === undefined && isSame(one, step))) continue;
      if (step.action === 'RemoveNode' || step.action === 'StopDrain') this.#end('Drain', step.subject, now);
      this.#entries.push({
        ...step,
        began: now,
        // What takes time shows in later looks.
        ended: lasts(step) ? undefined : now,
        after: this.#waitedFor(step, now),
        uid: podIn(observed, nameIn(step.subject))?.object.metadata.uid,
      });
    }
  }

  #end(action: StepAction, subject: string, now: number): void {
    for (const entry of this.#entries) if (isSame(entry, { action, subject })) entry.ended ??= now;
  }

  /** The last steps that this one had to wait for: not those that these had waited for themselves. */
  #waitedFor(step: Step, now: number): readonly number[] {
    const found = [...this.#entries.keys()].filter((place) => {
      const entry = this.#entries[place];
      return entry !== undefined && (isOfSame(step, entry) || (isEnded(entry, now) && waits(step, entry)));
    });
    const implied = this.#before(found);
    return found.filter((place) => !implied.has(place));
  }

  /** All that these waited for, directly or not. Each is visited once, however many ways lead to it: they double with each step. */
  #before(places: readonly number[]): ReadonlySet<number> {
    const found = new Set<number>();
    const open = [...places];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      for (const earlier of this.#entries[place]?.after ?? []) {
        if (!found.has(earlier)) open.push(earlier);
        found.add(earlier);
      }
    }
    return found;
  }
}

const isSame = (one: Step, other: Step): boolean => one.action === other.action && one.subject === other.subject;

const isEnded = ({ ended }: Entry, now: number): boolean => ended !== undefined && ended <= now;

/** The node that a step is about, also where it is about the node's volume. */
const nodeOf = ({ subject }: Step): string | undefined =>
  /^(?:Pod\/|PersistentVolumeClaim\/data-)(.+-\d+)$/.exec(subject)?.[1];

/** The StatefulSet that a step is about, also where it is about a part of one. */
const setOf = (step: Step): string | undefined =>
  step.subject.startsWith('StatefulSet/') ? nameIn(step.subject) : nodeOf(step)?.replace(/-\d+$/, '');

/** Whether two steps are about the same thing or the same node: then one follows the other. */
const isOfSame = (step: Step, earlier: Step): boolean =>
  earlier.subject === step.subject || (nodeOf(step) !== undefined && nodeOf(earlier) === nodeOf(step));

/** Steps that take a node away for a while or for good: one follows the other. */
const takesNode: readonly StepAction[] = ['Drain', 'RemoveNode', 'Restart', 'ReplaceNode'];
const waitsForNodes: readonly StepAction[] = [...takesNode, 'ChangeTemplate'];
/** Steps that others wait for, whichever nodes they are about. */
const prepares: readonly StepAction[] = ['CreatePool', 'ScaleUp', 'SetCopies', 'LeaveTier', 'SetTierPreference'];
const isPrepared: readonly StepAction[] = ['Drain', 'Restart', 'ReplaceNode', 'SetCopies', 'SetTierPreference'];

/** Whether a step is one that waits for the other, and has not only come later. */
function waits(step: Step, earlier: Step): boolean {
  const set = setOf(step);
  if (set !== undefined && earlier.subject === `StatefulSet/${set}`) return true;
  if (step.action === 'RemovePool') return setOf(earlier) === set;
  return (
    (waitsForNodes.includes(step.action) && takesNode.includes(earlier.action)) ||
    (isPrepared.includes(step.action) && prepares.includes(earlier.action))
  );
}
