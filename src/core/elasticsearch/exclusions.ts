// Keeps what the operator set in Elasticsearch for drains to what they need now: allocation exclusions with their mark, and voting exclusions.
import type { ElasticsearchAction } from './actions.ts';
import type { AnsweredLook } from './observed.ts';

/** Key of the mark that says which exclusions are the operator's. */
const drainsMark = 'drains';

/** Nodes on the exclusion list by the operator's doing. */
export const ownExclusions = ({ settings }: AnsweredLook): readonly string[] =>
  (settings.marks[drainsMark] ?? '').split(',').filter((name) => name !== '');

/** Whether a node gets no shards any more, whoever said so. */
export const isExcluded = ({ settings }: AnsweredLook, name: string): boolean => settings.excludedNames.includes(name);

/**
 * Brings exclusions to the nodes that are being drained. Voting exclusions go first: the mark tells whose they are, so it
 * must outlive them. What users set themselves stays.
 */
export function planExclusions(look: AnsweredLook, draining: readonly string[]): readonly ElasticsearchAction[] {
  return [...clearVotes(look, draining), ...setAllocation(look, draining)];
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

function setAllocation(look: AnsweredLook, draining: readonly string[]): readonly ElasticsearchAction[] {
  const ours = ownExclusions(look);
  const users = look.settings.excludedNames.filter((name) => !ours.includes(name));
  const marked = draining.filter((name) => !users.includes(name)).toSorted();
  const names = [...users, ...marked];
  const same = sameNames(names, look.settings.excludedNames) && sameNames(marked, ours);
  return same ? [] : [{ kind: 'setExclusions', names, marked }];
}

const sameNames = (first: readonly string[], second: readonly string[]): boolean =>
  first.toSorted().join() === second.toSorted().join();
