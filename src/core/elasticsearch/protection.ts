// Keeps copies from being rebuilt elsewhere while their node restarts: allocation is held to primaries, with a mark of whose restart it is for, and put back at the first look that finds it over (`killed-mid-restart`).
import type { SetAllocationEnable } from './actions.ts';
import { nodesAway } from './away.ts';
import { allPods, type PlanContext } from './context.ts';
import { shardGroups } from './moves.ts';
import type { AnsweredLook, ClusterDetail } from './observed.ts';
import type { PodView } from './view.ts';

/** A restart that copies are kept in place for, as the marks in Elasticsearch tell of it. */
export interface RestartMark {
  /** The node that restarts. */
  readonly node: string;
  /** The UID of its pod before the restart. */
  readonly uid: string;
  /** RFC 3339. */
  readonly since: string;
}

/** What copies are held to. It is set only where nothing stood before, so putting it back is unsetting it. */
export const heldTo = 'primaries';

/** A node that is away for longer is missed: its copies are made elsewhere. */
const longestMs = 10 * 60_000;

/** The mark as one text, so that no part of it is ever missing. */
const markText = ({ node, uid, since }: RestartMark): string => [node, uid, since].join(' ');

/** The restart that allocation is held for; undefined when there is none. A mark that nobody could have written is of no pod. */
export function heldRestart({ settings }: AnsweredLook): RestartMark | undefined {
  const text = settings.marks['restart'];
  if (text === undefined) return undefined;
  const [node = '', uid = '', since = ''] = text.split(' ');
  return { node, uid, since };
}

const uidOf = (pod: PodView): string => pod.object.metadata.uid ?? '';

const isFor = (mark: RestartMark, pod: PodView): boolean => mark.node === pod.name && mark.uid === uidOf(pod);

/** Whether a node may be restarted as far as its copies' places are concerned: they are kept, need not be, or somebody else decides on it. */
export function isProtected(look: AnsweredLook, detail: ClusterDetail, pod: PodView): boolean {
  const { allocationEnable } = look.settings;
  const mark = heldRestart(look);
  if (mark !== undefined) return isFor(mark, pod) && allocationEnable === heldTo;
  // A value that a user set is left alone entirely.
  return allocationEnable !== undefined || !paysFor(detail, pod.name);
}

/** Only copies that another node has, too, would be rebuilt. */
const paysFor = ({ shards }: ClusterDetail, node: string): boolean =>
  [...shardGroups(shards).values()].some((copies) => copies.length > 1 && copies.some((copy) => copy.node === node));

/** Holds allocation for the restart that is due, or lets it go when the one that it is held for is over, or never comes. */
export function planProtection(context: PlanContext, due: PodView | undefined): readonly SetAllocationEnable[] {
  const { cluster, takenAt } = context.observed;
  if (!cluster.answered) return [];
  const mark = heldRestart(cluster);
  if (mark !== undefined) return isStillHeld(context, mark, due) ? [] : [letGo(cluster)];
  const { detail } = cluster;
  if (due === undefined || detail === undefined || isProtected(cluster, detail, due)) return [];
  const restart = markText({ node: due.name, uid: uidOf(due), since: takenAt });
  return [{ kind: 'setAllocationEnable', enable: { value: heldTo }, restart }];
}

/** A value that somebody else has set meanwhile stays. */
const letGo = ({ settings }: AnsweredLook): SetAllocationEnable => ({
  kind: 'setAllocationEnable',
  enable: settings.allocationEnable === heldTo ? { value: undefined } : undefined,
  restart: undefined,
});

/** The node is about to go or away, and has not been for too long. */
function isStillHeld(context: PlanContext, mark: RestartMark, due: PodView | undefined): boolean {
  const { cluster, takenAt } = context.observed;
  if (!cluster.answered || cluster.settings.allocationEnable !== heldTo) return false;
  if (!(Date.parse(takenAt) - Date.parse(mark.since) < longestMs)) return false;
  if (nodesAway(context).some((node) => node.name === mark.node)) return true;
  const pod = allPods(context).find((one) => isFor(mark, one));
  return pod !== undefined && (pod === due || isReleased(context, pod));
}

/** Kubernetes has been told to replace it, and has not come to it yet. */
function isReleased({ sets }: PlanContext, pod: PodView): boolean {
  const set = sets.find((one) => one.pods.includes(pod));
  return set !== undefined && pod.outdated && pod.ordinal >= set.partition;
}
