// Takes indices out of a tier that is to go (`tier-removal`): as long as they prefer it, its last nodes keep their shards, excluded or not. Taken back when the tier stays after all.
import type { ResolvedStack } from '../stack.ts';
import type { SetTierPreference } from './actions.ts';
import { servesTier, tierSize } from './copies.ts';
import { ownTiers, sparedIndices } from './exclusions.ts';
import type { LeavingNode } from './leaving.ts';
import type { AnsweredLook, ClusterDetail, IndexState, NodeDetail } from './observed.ts';

/** Tiers that a cluster can do without, and all tiers from cold to hot, as Elasticsearch itself writes preferences. */
const spareTiers = ['data_cold', 'data_warm'] as const;
const fromColdToHot = ['data_frozen', ...spareTiers, 'data_content', 'data_hot'] as const;

const warmth = (tier: string): number => fromColdToHot.findIndex((one) => one === tier);

/** Tiers of which no node would stay. */
export const lostTiers = (leaving: readonly LeavingNode[], receivers: readonly NodeDetail[]): readonly string[] =>
  spareTiers.filter(
    (tier) =>
      leaving.some((node) => node.isMember && node.roles.includes(tier)) &&
      !receivers.some((node) => servesTier(node.roles, tier)),
  );

/** The tier comes last: so Elasticsearch keeps the index elsewhere, and the place in the list still tells where it came from. */
function behind(
  preference: readonly string[],
  lost: readonly string[],
  receivers: readonly NodeDetail[],
): readonly string[] {
  const others = preference.filter((tier) => !lost.includes(tier));
  const served = others.some((tier) => receivers.some((node) => servesTier(node.roles, tier)));
  return [
    ...others,
    ...(served || others.includes('data_hot') ? [] : ['data_hot']),
    ...preference.filter((tier) => lost.includes(tier)),
  ];
}

/** The tier has nodes again: it comes before the first that is hotter. */
function inFront(preference: readonly string[], tier: string): readonly string[] {
  const others = preference.filter((one) => one !== tier);
  const place = others.findIndex((one) => warmth(one) > warmth(tier));
  return place < 0 || !preference.includes(tier) ? preference : others.toSpliced(place, 0, tier);
}

/** The tier is gone: what was put last is taken away. A preference for nothing else was never changed. */
const without = (preference: readonly string[], tier: string): readonly string[] =>
  preference.at(-1) === tier && preference.length > 1 ? preference.slice(0, -1) : preference;

/** The look as it will be when all indices have left these tiers: their shards are judged by where they will go. */
export const outOfTiers = (
  detail: ClusterDetail,
  lost: readonly string[],
  receivers: readonly NodeDetail[],
): ClusterDetail =>
  lost.length === 0
    ? detail
    : {
        ...detail,
        indices: detail.indices.map((index) => ({ ...index, tierPreference: leaving(index, lost, receivers) })),
      };

const leaving = (index: IndexState, lost: readonly string[], receivers: readonly NodeDetail[]): readonly string[] =>
  !mayBeMoved(index) || !index.tierPreference.some((tier) => lost.includes(tier))
    ? index.tierPreference
    : behind(index.tierPreference, lost, receivers);

/**
 * Whether its preference may be changed: a user's pin says more than a tier, and the operator's role ends at `logs-*-*`. Of
 * others Elasticsearch would drop a write without a word.
 */
const mayBeMoved = ({ pinned, dataStream, name }: IndexState): boolean =>
  !pinned && /^logs-.*-/.test(dataStream ?? name);

export interface TierPlan {
  readonly actions: readonly SetTierPreference[];
  /** Tiers that the mark must name: no preference is changed before it does, and it stays until nothing is left to do. */
  readonly marked: readonly string[];
  /** Indices that list one of them behind a hotter tier by somebody else's doing: they are not brought back. */
  readonly spared: readonly string[];
}

/** Brings preferences to what tiers become: `lost` ones are left, marked ones that stay are entered again, those that are gone are forgotten. */
export function planTiers(
  stack: ResolvedStack,
  look: AnsweredLook,
  detail: ClusterDetail,
  lost: readonly string[],
  receivers: readonly NodeDetail[],
): TierPlan {
  const own = ownTiers(look);
  const back = own.filter((tier) => !lost.includes(tier) && tierSize(stack, tier) > 0);
  const waiting = own.filter(
    (tier) => !lost.includes(tier) && !back.includes(tier) && look.nodes.some((node) => servesTier(node.roles, tier)),
  );
  const gone = own.filter((tier) => ![...lost, ...back, ...waiting].includes(tier));
  const spared = [
    ...sparedIndices(look),
    ...sparedBy(
      detail,
      lost.filter((tier) => !own.includes(tier)),
    ),
  ];
  const changed = detail.indices
    .filter(mayBeMoved)
    .map((index) => {
      const entered = (spared.includes(index.name) ? [] : back).reduce(
        inFront,
        leaving(
          index,
          lost.filter((tier) => own.includes(tier)),
          receivers,
        ),
      );
      return { index, tiers: (spared.includes(index.name) ? [] : gone).reduce(without, entered) };
    })
    .filter(({ index, tiers }) => tiers.join() !== index.tierPreference.join());
  const touched = (tier: string): boolean => changed.some(({ index }) => index.tierPreference.includes(tier));
  return {
    actions: [...Map.groupBy(changed, ({ tiers }) => tiers.join())].map(([, group]) => ({
      kind: 'setTierPreference',
      indices: group.map(({ index }) => index.name),
      tiers: group[0]?.tiers ?? [],
    })),
    marked: [...new Set([...lost, ...waiting, ...[...back, ...gone].filter(touched)])],
    spared,
  };
}

/** Indices that would be brought back from these tiers although nobody has moved them yet. */
const sparedBy = ({ indices }: ClusterDetail, tiers: readonly string[]): readonly string[] =>
  indices
    .filter(
      (index) =>
        mayBeMoved(index) &&
        tiers.some((tier) => inFront(index.tierPreference, tier).join() !== index.tierPreference.join()),
    )
    .map((index) => index.name);
