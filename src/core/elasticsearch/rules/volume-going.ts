// Rule for nodes whose claim is being deleted: it goes with the pod that uses it, so a restart would end on an empty volume.
import { annotations } from '../../names.ts';
import { describeRule, type Refusal } from '../../refusal.ts';
import { allPods, type PlanContext, stays } from '../context.ts';
import { claimOf, liveObject } from '../view.ts';

export const volumeGoingRule = describeRule({
  name: 'VolumeGoing',
  liftable: 'never',
  reason:
    'A claim that somebody deleted stays as long as its pod uses it, and the deletion cannot be taken back: the next restart of the pod would be the loss of the volume and of all that is on it.',
  remedy:
    'Have the node replaced by the annotation loggingstack.dev/replace-node: it goes when nothing is lost with its volume, and comes back with a new one.',
});

/** Why a pod must not be restarted; undefined where its volume stays, or where no node that joined ever used it. */
export function volumeGoing({ observed }: PlanContext, pod: string): Refusal | undefined {
  const claim = liveObject(observed, 'PersistentVolumeClaim', claimOf(pod));
  const { deletionTimestamp, annotations: notes = {} } = claim?.metadata ?? {};
  if (deletionTimestamp === undefined || notes[annotations.esVersion] === undefined) return undefined;
  return {
    rule: volumeGoingRule.name,
    subject: `Pod/${pod}`,
    message: `${pod} is not restarted: its claim ${claimOf(pod)} is being deleted, and its volume would be lost with the restart.`,
    remedy: `Have it replaced while it serves: kubectl annotate loggingstack … --overwrite ${annotations.replaceNode}=${pod}. It goes when nothing is lost with its volume.`,
  };
}

/** Told also when nothing is to be restarted: whoever drains a Kubernetes node would lose the volume all the same. */
export const volumesGoing = (context: PlanContext): readonly Refusal[] =>
  allPods(context)
    .filter(stays(context))
    .flatMap((pod) => volumeGoing(context, pod.name) ?? []);
