// Tells this stack's objects from those that an earlier stack of its name left and that Kubernetes is about to delete.
import type { KubeObject } from '../kubernetes.ts';
import { isOurs } from '../objects.ts';
import type { StackIdentity } from '../stack.ts';
import type { Observed } from './observed.ts';
import { ofKind } from './view.ts';

/**
 * What Kubernetes is about to delete: objects that another LoggingStack of this name owns, StatefulSets that are being
 * deleted, and claims that a StatefulSet owns which is gone or going. Kept claims have no owner, so they are none. A claim
 * that somebody deletes while StatefulSets of this stack run is none either: it goes only after its pod, if it has one, and
 * no cluster is formed by it. Nor are other objects of this stack that somebody deletes, or pods: they hold up nothing.
 */
export function leftovers(stack: StackIdentity, observed: Observed): readonly KubeObject[] {
  const liveSets = ofKind(observed, 'StatefulSet').filter((set) => isOurs(set, stack) && !isGoing(set));
  const uids = new Set(liveSets.map((set) => set.metadata.uid));
  return observed.objects.filter((object) => {
    if (object.kind === 'Pod') return false;
    const owners = object.metadata.ownerReferences ?? [];
    const earlier = owners.some(
      ({ kind, name, uid }) => kind === 'LoggingStack' && name === stack.name && uid !== stack.uid,
    );
    if (earlier || object.kind === 'StatefulSet') return earlier || isGoing(object);
    if (object.kind !== 'PersistentVolumeClaim') return false;
    const orphaned = owners.some(({ kind, uid }) => kind === 'StatefulSet' && !uids.has(uid));
    return orphaned || (isGoing(object) && liveSets.length === 0);
  });
}

const isGoing = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/**
 * The look without leftovers and without StatefulSets that are not ours, with their pods: only what remains may say what
 * the stack's nodes and volumes are.
 */
export function ownObjects(stack: StackIdentity, observed: Observed, left: readonly KubeObject[]): Observed {
  const foreign = ofKind(observed, 'StatefulSet').filter((set) => !isOurs(set, stack));
  const uids = new Set(foreign.map((set) => set.metadata.uid));
  const isForeign = (object: KubeObject): boolean =>
    foreign.includes(object) ||
    (object.kind === 'Pod' && object.metadata.ownerReferences?.some(({ uid }) => uids.has(uid)) === true);
  return { ...observed, objects: observed.objects.filter((object) => !left.includes(object) && !isForeign(object)) };
}
