// Claims of Elasticsearch nodes as they stand: what each asks for, and what its volume is.
import type { KubeObject } from '../kubernetes.ts';
import { bytesOf } from '../quantities.ts';
import type { Observed } from './observed.ts';
import { ofKind, setOfClaim } from './view.ts';

interface Claim {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

const parts = (claim: KubeObject): Claim => claim as unknown as Claim;

export const claimsOfSet = (observed: Observed, set: string): readonly KubeObject[] =>
  ofKind(observed, 'PersistentVolumeClaim').filter((claim) => setOfClaim(claim.metadata.name) === set);

export const requestedStorage = (claim: KubeObject): string | undefined =>
  parts(claim).spec?.resources?.requests?.storage;

/** Only claims that have a volume can ask for a larger one. */
export const isBound = (claim: KubeObject): boolean => parts(claim).status?.phase === 'Bound';

export const asksForLess = (claim: KubeObject, size: string): boolean =>
  bytesOf(requestedStorage(claim) ?? size) < bytesOf(size);

/** Whether a volume is smaller than its claim asks for: its provisioner has not made it larger yet. */
export function isGrowing(claim: KubeObject): boolean {
  const asked = requestedStorage(claim);
  const capacity = parts(claim).status?.capacity?.storage;
  return isBound(claim) && asked !== undefined && capacity !== undefined && bytesOf(capacity) < bytesOf(asked);
}
