// Rules for pods whose nodes are not part of the cluster: they may be replaced without waiting for green (`bad-config-roll`).
import { annotations, labels } from '../../names.ts';
import { allPods, type PlanContext, servesNobody } from '../context.ts';
import { isInSpec } from '../leaving.ts';
import { imageOf, podImage } from '../versions.ts';
import { hasJoined, type PodView } from '../view.ts';
import { volumeGoing } from './volume-going.ts';

/**
 * Whether a pod's node is surely no part of the cluster. Elasticsearch's word counts. Without an answer a pod is none
 * only if no container of it runs, or if the cluster serves nobody and has nothing to lose by it: it never formed, or
 * the pod is its only master.
 */
function isNoMember(context: PlanContext, pod: PodView): boolean {
  const { cluster } = context.observed;
  if (pod.terminating || pod.ready) return false;
  if (cluster.answered) return !hasJoined(cluster, pod.name);
  return (
    pod.stopped || (servesNobody(context) && (context.bootstrap.formed === undefined || isOnlyMaster(context, pod)))
  );
}

/** Others are only waiting for it: they keep what is known to work. */
function isOnlyMaster(context: PlanContext, pod: PodView): boolean {
  const masters = allPods(context).filter((one) => one.object.metadata.labels?.[labels.master] === 'true');
  return masters.length === 1 && masters[0]?.name === pod.name;
}

/**
 * While a pod of a newest template is not ready, no second one takes it: it may be the template's fault. The one of a pool
 * that the spec no longer has is taken by nobody.
 */
export function newestTemplateIsUnproven({ sets, stack }: PlanContext): boolean {
  const rolling = sets.filter((set) => !set.rolledOut && isInSpec(stack, set));
  return rolling.some((set) => set.pods.some((pod) => !pod.outdated && !pod.ready));
}

/**
 * Whether an outdated pod may take the new template without waiting for green. One that is stuck may, even before its
 * pool's turn, because nothing else can mend it; so may one of a template that was given up. A pod that is just coming
 * back on the old template is left to it: that one is known to work. Pods of a cluster that serves nobody may be waiting
 * for each other, so there an unready new pod proves nothing.
 */
export function mayReplaceAtOnce(context: PlanContext, pod: PodView, turn: boolean): boolean {
  if (!isNoMember(context, pod) || !(turn || pod.stuck) || volumeGoing(context, pod.name) !== undefined) return false;
  const nobody = servesNobody(context);
  if (isLeftBehind(context, pod) && isOnlyOneAway(context, pod)) return true;
  if (!pod.stuck && !nobody && !(pod.abandoned && isOnlyOneAway(context, pod))) return false;
  if (!newestTemplateIsUnproven(context)) return true;
  return nobody && (pod.stuck || context.bootstrap.formed === undefined || isOnlyMaster(context, pod));
}

/**
 * All members run the newer version that its template is to get already: Elasticsearch lets no older node join them any
 * more, so the template that all had before is no way back for it (`evicted-early`).
 */
function isLeftBehind({ observed: { cluster }, sets }: PlanContext, pod: PodView): boolean {
  const set = sets.find((one) => one.pods.includes(pod));
  if (set === undefined || !cluster.answered || cluster.nodes.length === 0) return false;
  const version = set.object.metadata.annotations?.[annotations.version];
  const other = podImage(pod.object) !== imageOf(set.object);
  return other && pod.outdated && !pod.ready && cluster.nodes.every((node) => node.version === version);
}

/** It may be about to join: then it is one more that serves, and no second one may be away when it goes. */
const isOnlyOneAway = (context: PlanContext, pod: PodView): boolean =>
  allPods(context).every((other) => other.ready || other.name === pod.name);
