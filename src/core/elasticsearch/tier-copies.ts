// Brings the copies of managed indices to what each tier is to have, up and down: in a small tier fewer than in a large one (`redundancy-tier`).
import type { ResolvedStack } from '../stack.ts';
import type { SetReplicas } from './actions.ts';
import { copiesInTier, isManaged, mostCopies, servesTier, tierOf, tierSize } from './copies.ts';
import type { AnsweredLook, ClusterDetail, IndexState } from './observed.ts';

/** Tiers in which indices of logs are kept. */
const tiers = ['data_hot', 'data_content', 'data_warm', 'data_cold'] as const;

const joined = (look: AnsweredLook, tier: string): number =>
  look.nodes.filter((node) => servesTier(node.roles, tier)).length;

/**
 * Copies that indices of a tier keep at this moment. Nodes join before copies rise: while one is missing, a higher number
 * would only make the cluster yellow; and copies that the next drain would take back are not made. `before` is what they were to keep until now.
 */
export function copiesNow(stack: ResolvedStack, look: AnsweredLook, tier: string, before: number | undefined): number {
  const wanted = copiesInTier(stack, tier);
  if (before === undefined || before >= wanted) return wanted;
  return joined(look, tier) < tierSize(stack, tier) ? before : Math.max(before, mostCopies(stack, tier));
}

/** Copies by tier as a note in the index template tells them: `data_hot=1,data_warm=0`. */
export type CopiesNote = Readonly<Record<string, number>>;

export const readNote = (text: unknown): CopiesNote =>
  typeof text !== 'string'
    ? {}
    : Object.fromEntries(
        text.split(',').flatMap((entry) => {
          const [tier = '', copies = ''] = entry.split('=');
          return /^\d+$/.test(copies) ? [[tier, Number(copies)]] : [];
        }),
      );

export const noteText = (note: CopiesNote): string =>
  Object.entries(note)
    .map(([tier, copies]) => `${tier}=${copies}`)
    .join();

/** Copies of every tier that the stack has, given those that were noted before. */
export const copiesByTier = (stack: ResolvedStack, look: AnsweredLook, before: CopiesNote): CopiesNote =>
  Object.fromEntries(
    tiers.filter((tier) => tierSize(stack, tier) > 0).map((tier) => [tier, copiesNow(stack, look, tier, before[tier])]),
  );

/**
 * Whether some index may have more copies than its tier can hold, as when it moved to a smaller one: copies that have no
 * place and nothing on the move, in a stack whose tiers differ.
 */
export function mayBeMisplaced({ health }: AnsweredLook, note: CopiesNote): boolean {
  const isStuck = health.settled && health.initializing === 0 && health.relocating === 0;
  return isStuck && health.status === 'yellow' && new Set(Object.values(note)).size > 1;
}

/** Managed indices whose copies are not what their tier is to have. Those of a tier that the spec does not have are on their way out of it. */
export function copiesToSet(detail: ClusterDetail, note: CopiesNote): readonly SetReplicas[] {
  const wrong = detail.indices.filter(isManaged).flatMap((index) => {
    const replicas = wantedIn(index, detail, note);
    return replicas === undefined || replicas === index.replicas ? [] : [{ name: index.name, replicas }];
  });
  return [...Map.groupBy(wrong, ({ replicas }) => replicas)].map(([replicas, indices]) => ({
    kind: 'setReplicas',
    indices: indices.map(({ name }) => name),
    replicas,
  }));
}

const wantedIn = (index: IndexState, { nodes }: ClusterDetail, note: CopiesNote): number | undefined => {
  const tier = tierOf(index, nodes);
  return tier === undefined ? undefined : note[tier];
};
