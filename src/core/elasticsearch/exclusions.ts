// Keeps what the operator set in Elasticsearch for drains to what they need now: allocation exclusions with their mark, and voting exclusions.
import type { ElasticsearchAction } from './actions.ts';
import type { AnsweredLook } from './observed.ts';

/** Key of the mark that says which exclusions are the operator's. */
const drainsMark = 'drains';

/** Entries of the mark that are no nodes, but tiers. No pod's name has a colon. */
const tierPrefix = 'tier:';

const entries = ({ settings }: AnsweredLook): readonly string[] =>
  (settings.marks[drainsMark] ?? '').split(',').filter((name) => name !== '');

/** Nodes on the exclusion list by the operator's doing. */
export const ownExclusions = (look: AnsweredLook): readonly string[] =>
  entries(look).filter((entry) => !entry.startsWith(tierPrefix));

/** Tiers that the operator takes indices out of. */
export const ownTiers = (look: AnsweredLook): readonly string[] =>
  entries(look)
    .filter((entry) => entry.startsWith(tierPrefix))
    .map((entry) => entry.slice(tierPrefix.length));

/** Whether a node gets no shards any more, whoever said so. */
export const isExcluded = ({ settings }: AnsweredLook, name: string): boolean => settings.excludedNames.includes(name);

/**
 * Brings exclusions to the nodes that are being drained, and the mark to them and to tiers that are being left. Voting exclusions go first: the mark tells whose they are, so it
 * must outlive them. What users set themselves stays.
 */
export function planExclusions(
  look: AnsweredLook,
  draining: readonly string[],
  tiers: readonly string[],
): readonly ElasticsearchAction[] {
  return [...clearVotes(look, draining), ...setAllocation(look, draining, tiers)];
}

function clearVotes(look: AnsweredLook, draining: readonly string[]): readonly ElasticsearchAction[] {
  const ours = ownExclusions(look);
  const { excluded } = look.voting;
  const stale = excluded.filter((name) => ours.includes(name) && !draining.includes(name));
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
  tiers: readonly string[],
): readonly ElasticsearchAction[] {
  const ours = ownExclusions(look);
  const users = look.settings.excludedNames.filter((name) => !ours.includes(name));
  const nodes = draining.filter((name) => !users.includes(name)).toSorted();
  const names = [...users, ...nodes];
  const marked = [...nodes, ...tiers.map((tier) => `${tierPrefix}${tier}`).toSorted()];
  const same = sameNames(names, look.settings.excludedNames) && sameNames(marked, entries(look));
  return same ? [] : [{ kind: 'setExclusions', names, marked }];
}

const sameNames = (first: readonly string[], second: readonly string[]): boolean =>
  first.toSorted().join() === second.toSorted().join();
