// Prepares the restart of a node, with a mark in Elasticsearch of whose it is: copies are kept from being rebuilt elsewhere, and an only vote is handed over. Put back at the first look that finds the restart over (`killed-mid-restart`).
import type { ElasticsearchAction } from './actions.ts';
import { nodesAway } from './away.ts';
import { allPods, type PlanContext } from './context.ts';
import { shardGroups } from './moves.ts';
import type { AnsweredLook, ClusterDetail } from './observed.ts';
import type { PodView } from './view.ts';

/** A restart that was prepared, as its mark tells of it. */
export interface RestartMark {
  /** The node that restarts. */
  readonly node: string;
  /** The UID of its pod before the restart. */
  readonly uid: string;
  /** RFC 3339. */
  readonly since: string;
  /** What was done for it. */
  readonly done: readonly Preparation[];
}

/** `copies`: allocation is held to primaries. `vote`: its vote, the only one, went to another master. */
type Preparation = 'copies' | 'vote';

/** What allocation is held to. It is set only where nothing stood before, so putting it back is unsetting it. */
const heldTo = 'primaries';

/** A node that is away for longer is missed: its copies are made elsewhere. */
const longestMs = 10 * 60_000;

/** One text, so that no part of it is ever missing. */
const markText = ({ node, uid, since, done }: RestartMark): string => [node, uid, since, done.join('+')].join(' ');

/** The restart that was prepared; undefined when there is none. */
export function preparedRestart({ settings }: AnsweredLook): RestartMark | undefined {
  const text = settings.marks['restart'];
  if (text === undefined) return undefined;
  const [node = '', uid = '', since = '', done = ''] = text.split(' ');
  return { node, uid, since, done: (['copies', 'vote'] as const).filter((one) => done.split('+').includes(one)) };
}

const uidOf = (pod: PodView): string => pod.object.metadata.uid ?? '';

const isFor = (mark: RestartMark, pod: PodView): boolean => mark.node === pod.name && mark.uid === uidOf(pod);

/** Only copies that another node has, too, would be rebuilt. A value that a user set is left alone entirely. */
const mustKeepCopies = ({ settings }: AnsweredLook, { shards }: ClusterDetail, node: string): boolean =>
  settings.allocationEnable === undefined &&
  [...shardGroups(shards).values()].some((copies) => copies.length > 1 && copies.some((copy) => copy.node === node));

/** The only one that votes, though another master could: of two masters, Elasticsearch lets one vote. */
const mustHandOver = ({ nodes, voting }: AnsweredLook, node: string): boolean =>
  voting.configuration.length === 1 &&
  voting.configuration[0] === node &&
  nodes.some(({ name, roles }) => name !== node && roles.includes('master') && !voting.excluded.includes(name));

const preparations = (look: AnsweredLook, detail: ClusterDetail, node: string): readonly Preparation[] => [
  ...(mustKeepCopies(look, detail, node) ? (['copies'] as const) : []),
  ...(mustHandOver(look, node) ? (['vote'] as const) : []),
];

/** Whether everything that the restart of this node needs has come about. */
export function isPrepared(look: AnsweredLook, detail: ClusterDetail, pod: PodView): boolean {
  const mark = preparedRestart(look);
  if (mark === undefined) return preparations(look, detail, pod.name).length === 0;
  return isFor(mark, pod) && isHolding(look, mark) && !mustHandOver(look, pod.name);
}

/** Nobody has taken back meanwhile what keeps the copies. */
const isHolding = ({ settings }: AnsweredLook, { done }: RestartMark): boolean =>
  !done.includes('copies') || settings.allocationEnable === heldTo;

/** Prepares the restart that is due, or puts everything back when the one that was prepared is over, or never comes. */
export function planRestart(context: PlanContext, due: PodView | undefined): readonly ElasticsearchAction[] {
  const { cluster, takenAt } = context.observed;
  if (!cluster.answered) return [];
  const mark = preparedRestart(cluster);
  if (mark !== undefined)
    return isUnderWay(context, cluster, mark, due) ? voteAgain(cluster, mark) : putBack(cluster, mark);
  const { detail } = cluster;
  const done = due === undefined || detail === undefined ? [] : preparations(cluster, detail, due.name);
  if (due === undefined || done.length === 0) return [];
  const restart = markText({ node: due.name, uid: uidOf(due), since: takenAt, done });
  return [
    { kind: 'setAllocationEnable', enable: done.includes('copies') ? { value: heldTo } : undefined, restart },
    ...(done.includes('vote') ? [{ kind: 'addVotingExclusions', nodes: [due.name] } as const] : []),
  ];
}

/** The operator may have died between mark and vote. */
const voteAgain = ({ voting }: AnsweredLook, { node, done }: RestartMark): readonly ElasticsearchAction[] =>
  done.includes('vote') && !voting.excluded.includes(node) ? [{ kind: 'addVotingExclusions', nodes: [node] }] : [];

/** The vote first: the mark tells whose it is, so it must outlive it. A value that somebody else has set meanwhile stays. */
function putBack({ settings, voting }: AnsweredLook, { node, done }: RestartMark): readonly ElasticsearchAction[] {
  const others = voting.excluded.filter((name) => name !== node);
  const votes: readonly ElasticsearchAction[] = [
    { kind: 'clearVotingExclusions' },
    ...(others.length === 0 ? [] : [{ kind: 'addVotingExclusions', nodes: others } as const]),
  ];
  const isOurs = done.includes('copies') && settings.allocationEnable === heldTo;
  return [
    ...(done.includes('vote') && voting.excluded.includes(node) ? votes : []),
    { kind: 'setAllocationEnable', enable: isOurs ? { value: undefined } : undefined, restart: undefined },
  ];
}

/** The node is about to go or away, and has not been for too long. */
function isUnderWay(context: PlanContext, look: AnsweredLook, mark: RestartMark, due: PodView | undefined): boolean {
  if (!isHolding(look, mark)) return false;
  if (!(Date.parse(context.observed.takenAt) - Date.parse(mark.since) < longestMs)) return false;
  if (nodesAway(context).some((node) => node.name === mark.node)) return true;
  const pod = allPods(context).find((one) => isFor(mark, one));
  if (pod === undefined) return false;
  // The vote came to it only after the rest had been prepared.
  const isLacking = mustHandOver(look, pod.name) && !mark.done.includes('vote');
  return isReleased(context, pod) || (pod === due && !isLacking);
}

/** The node whose prepared restart has begun and is not over: whoever decides now does not know what it will be then. */
export function restartingNode(context: PlanContext): string | undefined {
  const { cluster } = context.observed;
  const mark = cluster.answered ? preparedRestart(cluster) : undefined;
  if (mark === undefined) return undefined;
  const pod = allPods(context).find((one) => one.name === mark.node);
  const isStill = pod !== undefined && isFor(mark, pod) && !pod.terminating && !isReleased(context, pod);
  return isStill ? undefined : mark.node;
}

/** Kubernetes has been told to replace it, and has not come to it yet. */
function isReleased({ sets }: PlanContext, pod: PodView): boolean {
  const set = sets.find((one) => one.pods.includes(pod));
  return set !== undefined && pod.outdated && pod.ordinal >= set.partition;
}
