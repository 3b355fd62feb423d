// Brings `volumes.whenDeleted` to all StatefulSets at once: whoever asks to keep volumes must not wait for a roll to end.
import type { KubeObject } from '../kubernetes.ts';
import { contains, type ObjectAction } from '../objects.ts';
import type { ResolvedStack } from '../stack.ts';
import { claimRetention } from './desired/index.ts';
import { isInSpec } from './leaving.ts';
import type { SetView } from './view.ts';

/** Owns the policy and nothing else, so that the rest of the StatefulSet stays as it was last written, template and all. */
const retentionFieldManager = 'loggingstack-elasticsearch-retention';

/** Plans the policy of every StatefulSet of the stack, also of pools that the spec no longer has. It restarts no pod. */
export function planRetention(stack: ResolvedStack, sets: readonly SetView[]): readonly ObjectAction[] {
  return sets.flatMap((set) => {
    const spec = { persistentVolumeClaimRetentionPolicy: policyFor(stack, set) };
    if (contains(set.object['spec'], spec)) return [];
    return [{ kind: 'apply', object: policyOf(set.object, spec), fieldManager: retentionFieldManager }];
  });
}

/**
 * The StatefulSet of a pool that leaves is deleted with it, so there `volumes.whenScaled` counts, too: claims stay if
 * either of the two keeps them.
 */
function policyFor(stack: ResolvedStack, set: SetView) {
  const stays = isInSpec(stack, set);
  const policy = claimRetention(stack);
  return stays || stack.volumes.whenScaled === 'Delete' ? policy : ({ ...policy, whenDeleted: 'Retain' } as const);
}

function policyOf({ apiVersion, kind, metadata }: KubeObject, spec: Readonly<Record<string, unknown>>): KubeObject {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec };
}
