// Brings `volumes.whenDeleted` to all StatefulSets at once: whoever asks to keep volumes must not wait for a roll to end.
import type { KubeObject } from '../kubernetes.ts';
import { contains, type ObjectAction } from '../objects.ts';
import type { ResolvedStack } from '../stack.ts';
import { claimRetention } from './desired/index.ts';
import type { SetView } from './view.ts';

/** Owns the policy and nothing else, so that the rest of the StatefulSet stays as it was last written, template and all. */
const retentionFieldManager = 'loggingstack-elasticsearch-retention';

/** Plans the policy of every StatefulSet of the stack, also of pools that the spec no longer has. It restarts no pod. */
export function planRetention(stack: ResolvedStack, sets: readonly SetView[]): readonly ObjectAction[] {
  const spec = { persistentVolumeClaimRetentionPolicy: claimRetention(stack) };
  return sets
    .map((set) => set.object)
    .filter((set) => !contains(set['spec'], spec))
    .map((set) => ({ kind: 'apply', object: policyOf(set, spec), fieldManager: retentionFieldManager }));
}

function policyOf({ apiVersion, kind, metadata }: KubeObject, spec: Readonly<Record<string, unknown>>): KubeObject {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec };
}
