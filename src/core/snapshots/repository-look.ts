// What the planner of a StackRepository looks at, as one immutable value.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, labels } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import type { RepositoryAction } from './repository-actions.ts';
import type { Answer, RegisteredRepository } from './observed.ts';
import { type RepositoryObject, type StackRepositoryUse, takesSnapshots } from './repositories.ts';

/** The last request that was sent for a repository. */
export interface Attempt {
  readonly kind: RepositoryAction['kind'];
  /** Of what it was: another spec, other credentials or another wish of a user are another matter. */
  readonly about: string;
  readonly at: Date;
  /** How often in a row it failed. */
  readonly failures: number;
  /** Why it failed the last time; undefined: it did not. `reason` is in Elasticsearch's own words, where it has some. */
  readonly fault: Fault | undefined;
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly reason: string | undefined;
}

/** A StackSnapshot or StackSnapshotSchedule whose finalizer says that it has still to delete something in the repository. */
export interface Dependent {
  readonly kind: string;
  readonly name: string;
  /** It is being deleted. */
  readonly leaving: boolean;
}

export interface RepositoryLook {
  readonly repository: RepositoryObject;
  readonly now: Date;
  /** Undefined: there is none, or it is on its way out. */
  readonly stack: ResolvedStack | undefined;
  /** StackRepositories of all namespaces. */
  readonly others: readonly RepositoryObject[];
  /** What the spec refers to; undefined: there is no such object. */
  readonly claim: KubeObject | undefined;
  readonly secret: KubeObject | undefined;
  /** The Secret of the operator that the nodes mount. */
  readonly laidDown: KubeObject | undefined;
  /** The stack's pods of Elasticsearch. */
  readonly pods: readonly KubeObject[];
  /** Modules and plugins that every node has; undefined: nobody was asked. */
  readonly modules: Answer<readonly string[]> | undefined;
  /** What Elasticsearch knows by the name of the StackRepository. */
  readonly registered: Answer<RegisteredRepository | undefined>;
  readonly dependents: readonly Dependent[];
  readonly attempt: Attempt | undefined;
}

/** Pods that do not run with what the repository needs: with nothing of it, or with what it needed before. */
export function podsWithout(
  use: StackRepositoryUse | undefined,
  { stack, pods }: Pick<RepositoryLook, 'stack' | 'pods'>,
): { readonly without: number; readonly all: number } {
  const taking = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && isInSnapshots(pod, stack));
  if (use === undefined) return { without: 0, all: taking.length };
  const having = taking.filter((pod) => usesOfPod(pod).get(use.name) === use.fingerprint);
  return { without: taking.length - having.length, all: taking.length };
}

/** Those of a pool that the spec no longer has may hold data until they are gone. */
function isInSnapshots(pod: KubeObject, stack: ResolvedStack | undefined): boolean {
  const { [labels.component]: component, [labels.pool]: name } = pod.metadata.labels ?? {};
  const pool = stack?.elasticsearch.pools.find((one) => one.name === name);
  return component === 'elasticsearch' && (pool === undefined || takesSnapshots(pool));
}

/** Names of the StackRepositories in the annotation of a pod, with their fingerprints. */
function usesOfPod({ metadata }: KubeObject): ReadonlyMap<string, string> {
  const parts = (metadata.annotations?.[annotations.repositories] ?? '').split(',').map((part) => part.split('='));
  return new Map(parts.map(([name = '', fingerprint = '']) => [name, fingerprint]));
}
