// Tells this stack's objects from those that an earlier stack of its name left and that Kubernetes is about to delete.
import type { KubeObject } from '../kubernetes.ts';
import { isOurs } from '../objects.ts';
import type { StackIdentity } from '../stack.ts';
import type { Observed } from './observed.ts';
import { setOfClaim, ofKind } from './view.ts';

/**
 * What Kubernetes is about to delete: objects that are being deleted, that another LoggingStack of this name owns, or
 * that a StatefulSet owns which is gone or going. Kept claims have no owner, so they are none. A claim that somebody
 * deletes below a running StatefulSet is none either: it goes only after its pod. Pods hold up no other object.
 */
export function leftovers(stack: StackIdentity, observed: Observed): readonly KubeObject[] {
  const liveSets = ofKind(observed, 'StatefulSet').filter((set) => isOurs(set, stack) && !isGoing(set));
  const uids = new Set(liveSets.map((set) => set.metadata.uid));
  const inUse = (claim: KubeObject): boolean =>
    liveSets.some((set) => set.metadata.name === setOfClaim(claim.metadata.name));
  return observed.objects.filter((object) => {
    if (object.kind === 'Pod') return false;
    const owners = object.metadata.ownerReferences ?? [];
    const earlier = owners.some(
      ({ kind, name, uid }) => kind === 'LoggingStack' && name === stack.name && uid !== stack.uid,
    );
    if (earlier || object.kind !== 'PersistentVolumeClaim') return earlier || isGoing(object);
    const orphaned = owners.some(({ kind, uid }) => kind === 'StatefulSet' && !uids.has(uid));
    return orphaned || (isGoing(object) && !inUse(object));
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
