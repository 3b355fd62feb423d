// How a StackRestore begins: it waits until the stack can take it in, chooses snapshot, data streams and names, and writes them down.
import { acceptedCondition, repositoryReadyCondition } from '../../api/stack-repository.ts';
import type { ClusterLook } from '../elasticsearch/observed.ts';
import type { KubeObject } from '../kubernetes.ts';
import { secondsOf } from '../status/time.ts';
import { type Hindrance, type Judged, waits, wrong } from './hindrance.ts';
import type { SnapshotInfo } from './observed.ts';
import type { RestoreIntent } from './restore-intent.ts';
import { memberVersions, unready } from './restore-nodes.ts';
import {
  candidateNames,
  chooseSnapshot,
  intendedStreams,
  selectStreams,
  type SnapshotSource,
  sourceOf,
  unreadable,
} from './restore-selection.ts';
import { beginningFinding, statusWith } from './restore-status.ts';
import { hindered, lookAt, noStack, type RestoreInput, type RestoreStep, unanswered } from './restore-step.ts';
import { standingCondition } from './status.ts';

/** Chooses what is restored, and writes that down. */
export function planBeginning(input: RestoreInput): RestoreStep {
  const { object, stack, looks, now } = input;
  const { spec } = object;
  if (stack === undefined) return hindered(input, noStack(input));
  if (stack.paused)
    return hindered(input, waits('Paused', `Waiting for LoggingStack ${stack.identity.name}, which is paused.`));
  const source = sourceIn(input);
  if ('hindrance' in source) return hindered(input, source.hindrance);
  const { cluster, snapshots, streams } = looks;
  if (cluster === undefined) return lookAt({ of: 'cluster' });
  const hindrance = unready(stack, cluster);
  if (hindrance !== undefined) return hindered(input, hindrance);
  if (snapshots === undefined) return lookAt({ of: 'snapshots', source: source.value });
  if (!snapshots.answered) return hindered(input, unanswered(snapshots));
  const chosen = choose(input, source.value, cluster, snapshots.value);
  if ('hindrance' in chosen) return hindered(input, chosen.hindrance);
  const { snapshot, selected } = chosen.value;
  if (streams === undefined) return lookAt({ of: 'streams', names: candidateNames(selected, spec) });
  if (!streams.answered) return hindered(input, unanswered(streams));
  const intended = intendedStreams(selected, spec, snapshot, streams.value);
  if ('hindrance' in intended) return hindered(input, intended.hindrance);
  const intent: RestoreIntent = {
    repository: source.value.repository,
    snapshotName: snapshot.name,
    snapshotStartedAt: snapshot.startedAt,
    startedAt: secondsOf(now),
    streams: intended.value,
  };
  const { streams: recorded, ...facts } = intent;
  const changed = { ...facts, streams: [...recorded] };
  return { kind: 'write', status: statusWith(object, beginningFinding(intent), now, changed) };
}

/** Where the snapshot is, if this stack's Elasticsearch has the repository. */
function sourceIn({ object, repository, snapshot }: RestoreInput): Judged<SnapshotSource> {
  const { spec } = object;
  const reference = spec.source.snapshotRef;
  const source = sourceOf(
    spec,
    object.metadata.namespace ?? '',
    reference === undefined ? undefined : snapshot(reference.name),
  );
  if ('hindrance' in source) return source;
  const { repository: name } = source.value;
  const hindrance = repositoryHindrance(name, spec.stackRef.name, repository(name));
  return hindrance === undefined ? source : { hindrance };
}

function repositoryHindrance(name: string, stack: string, repository: KubeObject | undefined): Hindrance | undefined {
  if (repository === undefined)
    return waits('NoSuchRepository', `Waiting for StackRepository ${name}, which is not in this namespace.`);
  const { stackRef } = (repository['spec'] ?? {}) as { readonly stackRef?: { readonly name?: string } };
  if (stackRef?.name !== stack)
    return wrong(
      'RepositoryOfOtherStack',
      `StackRepository ${name} is of stack ${stackRef?.name ?? 'none'}. Make one of stack ${stack} with mode ReadOnly and the same place, and name that.`,
    );
  const ready = standingCondition(repository, repositoryReadyCondition);
  if (ready?.status === 'True') return undefined;
  const accepted = standingCondition(repository, acceptedCondition);
  const why = accepted?.status === 'False' ? accepted.message : (ready?.message ?? 'Nobody has looked at it yet.');
  return waits('WaitingForRepository', `Waiting for StackRepository ${name} to be ready. ${why}`);
}

interface Chosen {
  readonly snapshot: SnapshotInfo;
  readonly selected: readonly string[];
}

function choose(
  { object: { spec } }: RestoreInput,
  source: SnapshotSource,
  cluster: ClusterLook,
  found: readonly SnapshotInfo[],
): Judged<Chosen> {
  const chosen = chooseSnapshot(source, found);
  if ('hindrance' in chosen) return chosen;
  const snapshot = chosen.value;
  const other = unreadable(snapshot, memberVersions(cluster));
  if (other !== undefined) return { hindrance: other };
  const selected = selectStreams(snapshot, spec.dataStreams);
  return 'hindrance' in selected ? selected : { value: { snapshot, selected: selected.value } };
}
