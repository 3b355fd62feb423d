// When steps that take time are over, as far as a look shows. What has no ending here is over with the write that begins it.
import { ownExclusions } from '../core/elasticsearch/exclusions.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import { hasJoined, liveObject, type PodView, setViews } from '../core/elasticsearch/view.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { Step, StepAction } from '../core/step-actions.ts';

interface Lasting {
  /** Name of the subject. */
  readonly name: string;
  /** The UID of the pod that it was about when it began. */
  readonly uid: string | undefined;
}

type Ending = (observed: Observed, step: Lasting) => boolean;

export const nameIn = (subject: string): string => subject.slice(subject.indexOf('/') + 1);

export const podIn = (observed: Observed, name: string): PodView | undefined =>
  setViews(observed)
    .flatMap((set) => set.pods)
    .find((pod) => pod.name === name);

const allJoined: Ending = (observed, { name }) => {
  const set = setViews(observed).find(({ object }) => object.metadata.name === name);
  if (set?.current !== true || !set.complete) return false;
  return set.pods.every((pod) => pod.ready && hasJoined(observed.cluster, pod.name));
};

const isBack: Ending = (observed, { name, uid }) => {
  const pod = podIn(observed, name);
  return pod?.ready === true && pod.object.metadata.uid !== uid && hasJoined(observed.cluster, name);
};

const endings: Partial<Readonly<Record<StepAction, Ending>>> = {
  CreatePool: allJoined,
  ScaleUp: allJoined,
  Restart: isBack,
  ReplaceNode: isBack,
  Drain: ({ cluster }, { name }) => cluster.answered && !ownExclusions(cluster).includes(name),
  RemoveNode: (observed, { name }) =>
    podIn(observed, name) === undefined && observed.cluster.answered && !hasJoined(observed.cluster, name),
  SetCopies: ({ cluster }) => cluster.answered && cluster.health.initializing + cluster.health.unassigned === 0,
  ExpandVolume: (observed, { name }) => isGrown(liveObject(observed, 'PersistentVolumeClaim', name)),
};

interface Claim {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly capacity?: { readonly storage?: string } };
}

/** A claim that is gone has nothing left to grow. */
const isGrown = (claim: (KubeObject & Claim) | undefined): boolean =>
  claim?.spec?.resources?.requests?.storage === claim?.status?.capacity?.storage;

export const lasts = ({ action }: Step): boolean => endings[action] !== undefined;

/** @param uid of the pod that the step was about when it began */
export const isOver = (step: Step, uid: string | undefined, observed: Observed): boolean =>
  endings[step.action]?.(observed, { name: nameIn(step.subject), uid }) ?? true;
