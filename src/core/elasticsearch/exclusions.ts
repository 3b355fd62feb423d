// Keeps what the operator set in Elasticsearch for drains to what they need now: allocation exclusions with their mark, and voting exclusions.
import type { ElasticsearchAction } from './actions.ts';
import { isNamedBy } from './moves.ts';
import type { AnsweredLook } from './observed.ts';

/** Key of the mark that says which exclusions are the operator's. */
const drainsMark = 'drains';

/** Entries of the mark that are no nodes, but tiers, or indices. No pod's name has a colon. */
const tierPrefix = 'tier:';
const sparedPrefix = 'spared:';
const votePrefix = 'vote:';

const entries = ({ settings }: AnsweredLook): readonly string[] =>
  (settings.marks[drainsMark] ?? '').split(',').filter((name) => name !== '');

/** Nodes on the exclusion list by the operator's doing. */
export const ownExclusions = (look: AnsweredLook): readonly string[] =>
  entries(look).filter((entry) => !entry.includes(':'));

const entriesOf = (look: AnsweredLook, prefix: string): readonly string[] =>
  entries(look)
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length));

/** Tiers that the operator takes indices out of. */
export const ownTiers = (look: AnsweredLook): readonly string[] => entriesOf(look, tierPrefix);

/** Indices whose tiers stood in the order of such a move before it: nobody can tell afterwards, and they stay as they are. */
export const sparedIndices = (look: AnsweredLook): readonly string[] => entriesOf(look, sparedPrefix);

/** Ids of nodes that are away for good, and whose votes the operator takes. */
const ownVotes = (look: AnsweredLook): readonly string[] => entriesOf(look, votePrefix);

/** Whether an entry of the mark is of an index that is left alone: nothing is done to it. */
export const isSpared = (entry: string): boolean => entry.startsWith(sparedPrefix);

/** Names and patterns of nodes that get no shards, whoever said so: a transient setting wins over the persistent one. */
export const excludedNow = ({ settings }: AnsweredLook): readonly string[] =>
  settings.transient?.excludedNames ?? settings.excludedNames;

/** Whether a node gets no shards any more. */
export const isExcluded = (look: AnsweredLook, name: string): boolean => isNamedBy(excludedNow(look), name);

/**
 * Brings exclusions to the nodes that are being drained, and the mark to them and to tiers that are being left. Voting exclusions go first: the mark tells whose they are, so it
 * must outlive them. What users set themselves stays.
 */
export function planExclusions(
  look: AnsweredLook,
  draining: readonly string[],
  tiers: readonly string[],
  spared = sparedIndices(look),
  lostVotes: readonly string[] = [],
): readonly ElasticsearchAction[] {
  const ofTiers = [...tiers.map((tier) => `${tierPrefix}${tier}`), ...spared.map((index) => `${sparedPrefix}${index}`)];
  const isVoter = (id: string): boolean => look.voting.configuration.includes(id);
  const votes = [...new Set([...ownVotes(look), ...lostVotes])].filter(isVoter).map((id) => `${votePrefix}${id}`);
  const taking: readonly ElasticsearchAction[] =
    lostVotes.length === 0 ? [] : [{ kind: 'addVotingExclusions', nodes: lostVotes, by: 'id' }];
  const marks = [...(tiers.length === 0 ? [] : ofTiers), ...votes];
  return [...clearVotes(look, draining), ...setAllocation(look, draining, marks), ...taking];
}

function clearVotes(look: AnsweredLook, draining: readonly string[]): readonly ElasticsearchAction[] {
  const ours = ownExclusions(look);
  const { excluded } = look.voting;
  const { configuration } = look.voting;
  const isTaken = (id: string): boolean => ownVotes(look).includes(id) && !configuration.includes(id);
  const stale = excluded.filter((name) => (ours.includes(name) && !draining.includes(name)) || isTaken(name));
  if (stale.length === 0) return [];
  const nodes = excluded.filter((name) => !stale.includes(name));
  return [
    { kind: 'clearVotingExclusions' },
    ...(nodes.length === 0 ? [] : [{ kind: 'addVotingExclusions', nodes } as const]),
  ];
}

function setAllocation(
  look: AnsweredLook,
  draining: readonly string[],
  marks: readonly string[],
): readonly ElasticsearchAction[] {
  const ours = ownExclusions(look);
  const users = look.settings.excludedNames.filter((name) => !ours.includes(name));
  const nodes = draining.filter((name) => !users.includes(name)).toSorted();
  const names = [...users, ...nodes];
  const marked = [...nodes, ...marks.toSorted()];
  const same = sameNames(names, look.settings.excludedNames) && sameNames(marked, entries(look));
  return same ? [] : [{ kind: 'setExclusions', names, marked }];
}

const sameNames = (first: readonly string[], second: readonly string[]): boolean =>
  first.toSorted().join() === second.toSorted().join();
