// Keeps the record of a run: which steps began and ended when, and which had to wait for which. For plans, and for whoever compares them with what happened.
import { ownExclusions } from '../core/elasticsearch/exclusions.ts';
import type { Action } from '../core/elasticsearch/actions.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import { stepsOf } from '../core/elasticsearch/steps.ts';
import { hasJoined, liveObject, type PodView, type SetView, setViews } from '../core/elasticsearch/view.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { Step, StepAction } from '../core/step-actions.ts';

/** A step as it went. Times are seconds since the first look. */
export interface Recorded extends Step {
  readonly began: number;
  /** Undefined while it is under way. */
  readonly ended: number | undefined;
  /** Places in the record of the steps that it had to wait for. */
  readonly after: readonly number[];
}

interface Entry extends Step {
  readonly began: number;
  ended: number | undefined;
  readonly after: readonly number[];
  /** The UID of the pod that is replaced. */
  readonly uid: string | undefined;
}

/** Steps that take a node away for a while or for good: one follows the other. */
const takesNode: readonly StepAction[] = ['Drain', 'RemoveNode', 'Restart', 'ReplaceNode'];
const waitsForNodes: readonly StepAction[] = [...takesNode, 'ChangeTemplate'];
/** Steps that are not over with the write that begins them. */
const lasting: readonly StepAction[] = [...takesNode, 'CreatePool', 'ScaleUp', 'SetCopies', 'ExpandVolume'];
/** Steps that others wait for, whichever nodes they are about. */
const prepares: readonly StepAction[] = ['CreatePool', 'ScaleUp', 'SetCopies', 'LeaveTier', 'SetTierPreference'];
const waitsForPreparation: readonly StepAction[] = [
  'Drain',
  'Restart',
  'ReplaceNode',
  'SetCopies',
  'SetTierPreference',
];

export class Recorder {
  readonly #entries: Entry[] = [];

  get record(): readonly Recorded[] {
    return this.#entries.map(({ uid: _, ...entry }) => entry);
  }

  /** Ends the steps that a look shows to be over. */
  look(observed: Observed, now: number): void {
    const sets = setViews(observed);
    for (const entry of this.#entries)
      if (entry.ended === undefined && isOver(entry, observed, sets)) entry.ended = now;
  }

  /** Begins the steps that are taken upon a look. */
  acted(actions: readonly Action[], observed: Observed, now: number): void {
    const sets = setViews(observed);
    for (const step of stepsOf(actions, observed)) {
      if (this.#entries.some((one) => one.ended === undefined && isSame(one, step))) continue;
      if (step.action === 'RemoveNode' || step.action === 'StopDrain') this.#end('Drain', step.subject, now);
      this.#entries.push({
        ...step,
        began: now,
        // What takes time shows in later looks.
        ended: lasting.includes(step.action) ? undefined : now,
        after: this.#waitedFor(step, now),
        uid: podOf(sets, step.subject)?.object.metadata.uid,
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
      if (entry === undefined) return false;
      if (entry.subject === step.subject || (podIn(entry) !== undefined && podIn(entry) === podIn(step))) return true;
      return entry.ended !== undefined && entry.ended <= now && waits(step, entry);
    });
    const implied = new Set(found.flatMap((place) => [...this.#before(place)]));
    return found.filter((place) => !implied.has(place));
  }

  #before(place: number): ReadonlySet<number> {
    const after = this.#entries[place]?.after ?? [];
    return new Set(after.flatMap((earlier) => [earlier, ...this.#before(earlier)]));
  }
}

const isSame = (one: Step, other: Step): boolean => one.action === other.action && one.subject === other.subject;

const nameIn = (subject: string): string => subject.slice(subject.indexOf('/') + 1);

/** The pod that a step is about, also where it is about the pod's volume. */
const podIn = ({ subject }: Step): string | undefined =>
  /^(?:Pod\/|PersistentVolumeClaim\/data-)(.+-\d+)$/.exec(subject)?.[1];

/** The StatefulSet that a step is about, also where it is about a part of one. */
const setIn = (step: Step): string | undefined =>
  step.subject.startsWith('StatefulSet/') ? nameIn(step.subject) : podIn(step)?.replace(/-\d+$/, '');

/** Whether a step is one that waits for the other, and has not only come later. */
function waits(step: Step, earlier: Step): boolean {
  if (setIn(step) !== undefined && earlier.subject === `StatefulSet/${setIn(step) ?? ''}`) return true;
  if (step.action === 'RemovePool') return setIn(earlier) === setIn(step);
  return (
    (waitsForNodes.includes(step.action) && takesNode.includes(earlier.action)) ||
    (waitsForPreparation.includes(step.action) && prepares.includes(earlier.action))
  );
}

const podOf = (sets: readonly SetView[], subject: string): PodView | undefined =>
  sets.flatMap((set) => set.pods).find((pod) => subject === `Pod/${pod.name}`);

/** Whether a step that lasts is over, as far as a look shows. */
function isOver(
  step: Step & { readonly uid: string | undefined },
  observed: Observed,
  sets: readonly SetView[],
): boolean {
  const { cluster } = observed;
  const name = nameIn(step.subject);
  const pod = podOf(sets, step.subject);
  switch (step.action) {
    case 'CreatePool':
    case 'ScaleUp': {
      const set = sets.find(({ object }) => object.metadata.name === name);
      if (set?.current !== true || !set.complete) return false;
      return set.pods.every((one) => one.ready && hasJoined(cluster, one.name));
    }
    case 'Restart':
    case 'ReplaceNode':
      return pod?.ready === true && pod.object.metadata.uid !== step.uid && hasJoined(cluster, name);
    case 'Drain':
      return cluster.answered && !ownExclusions(cluster).includes(name);
    case 'RemoveNode':
      return pod === undefined && cluster.answered && !hasJoined(cluster, name);
    case 'SetCopies':
      return cluster.answered && cluster.health.initializing + cluster.health.unassigned === 0;
    case 'ExpandVolume':
      return isGrown(liveObject(observed, 'PersistentVolumeClaim', name));
    default:
      return true;
  }
}

interface Claim {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly capacity?: { readonly storage?: string } };
}

/** A claim that is gone has nothing left to grow. */
const isGrown = (claim: (KubeObject & Claim) | undefined): boolean =>
  claim?.spec?.resources?.requests?.storage === claim?.status?.capacity?.storage;
