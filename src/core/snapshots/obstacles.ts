// What stands in the way of snapshots by the objects alone, before anybody asks Elasticsearch.
import { repositoryReadyCondition, type StackRepositorySpec } from '../../api/stack-repository.ts';
import type { KubeObject } from '../kubernetes.ts';
import { standingCondition } from './status.ts';

/** Why something cannot be, in one word and in words for people. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

/** The objects that a snapshot or a schedule names; undefined when they are not there. */
export interface NamedObjects {
  readonly stack: KubeObject | undefined;
  readonly repository: KubeObject | undefined;
}

/** The names that it has for them. */
interface References {
  readonly stackRef: { readonly name: string };
  readonly repositoryRef: { readonly name: string };
}

/** What stands in the way of all writes to the repository; the mode of one that is only read among it. */
export function unwritable({ stack, repository }: NamedObjects, refs: References): Obstacle | undefined {
  const called = `StackRepository ${refs.repositoryRef.name}`;
  if (stack === undefined)
    return { reason: 'StackMissing', message: `There is no LoggingStack ${refs.stackRef.name} in this namespace.` };
  if (repository === undefined)
    return { reason: 'RepositoryMissing', message: `There is no ${called} in this namespace.` };
  const { stackRef: other, mode } = repository['spec'] as StackRepositorySpec;
  if (other.name !== refs.stackRef.name)
    return { reason: 'RepositoryOfOtherStack', message: `${called} is one of LoggingStack ${other.name}.` };
  if (mode === 'ReadOnly')
    return { reason: 'ReadOnlyRepository', message: `${called} is only read: its mode is ReadOnly.` };
  return undefined;
}

/** What stands in the way of a new snapshot. */
export function obstacleTo(objects: NamedObjects, refs: References): Obstacle | undefined {
  const found = unwritable(objects, refs);
  if (found !== undefined) return found;
  const { stack, repository } = objects;
  if (stack?.metadata.deletionTimestamp !== undefined)
    return { reason: 'StackDeleting', message: `LoggingStack ${refs.stackRef.name} is being deleted.` };
  const called = `StackRepository ${refs.repositoryRef.name}`;
  if (repository?.metadata.deletionTimestamp !== undefined)
    return { reason: 'RepositoryDeleting', message: `${called} is being deleted.` };
  const ready = repository === undefined ? undefined : standingCondition(repository, repositoryReadyCondition);
  if (ready?.status === 'True') return undefined;
  return { reason: 'RepositoryNotReady', message: `${called} is not ready: ${ready?.message ?? 'nobody looked yet.'}` };
}
