// What the planner's writes come to, in words that people use: the steps of a plan before an edit, and of the log while it is carried out.
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import { contains } from '../objects.ts';
import type { Step, StepAction } from '../step-actions.ts';
import type { Action, ElasticsearchAction, PutIndexTemplate } from './actions.ts';
import { isSpared, ownExclusions, ownTiers } from './exclusions.ts';
import type { AnsweredLook, ClusterDetail, Observed } from './observed.ts';
import { claimOf, liveObject, ofKind, setOfClaim, type SetView, setViews } from './view.ts';

/** Names what these writes of one plan do, in their order. Bookkeeping, such as clearing what is over, is no step. */
export function stepsOf(actions: readonly Action[], observed: Observed): readonly Step[] {
  const sets = setViews(observed);
  const { cluster } = observed;
  const steps = actions.flatMap((action): readonly Step[] => {
    if (action.kind === 'create') return created(action.object, observed);
    if (action.kind === 'apply') return applied(action.object, observed, sets);
    // The StatefulSet of a pool whose volumes grew comes back at once, around the same pods.
    if (action.kind === 'delete') return action.propagationPolicy === 'Orphan' ? [] : deleted(action.reference, sets);
    return cluster.answered ? inElasticsearch(action, cluster) : [];
  });
  return steps.filter(
    (step, place) => steps.findIndex((one) => one.action === step.action && one.subject === step.subject) === place,
  );
}

const step = (action: StepAction, subject: string, sizeBytes = 0): Step => ({
  action,
  subject,
  ...(sizeBytes === 0 ? {} : { sizeBytes }),
});

const of = (
  action: StepAction,
  object: { readonly kind: string; readonly metadata: { readonly name: string } },
): Step => step(action, `${object.kind}/${object.metadata.name}`);

/** A config is written with the template that refers to it, and taken away when none does any more. */
const isConfig = ({ kind }: { readonly kind: string }): boolean => kind === 'ConfigMap';

function created(object: KubeObject, observed: Observed): readonly Step[] {
  if (isConfig(object)) return [];
  if (object.kind !== 'StatefulSet') return [of('Create', object)];
  // That of a pool whose volumes grew comes back around its pods.
  const isBack = ofKind(observed, 'Pod').some((pod) => setOfPod(pod) === object.metadata.name);
  return isBack ? [] : [of('CreatePool', object)];
}

const setOfPod = ({ metadata: { name } }: KubeObject): string => name.replace(/-\d+$/, '');

function applied(object: KubeObject, observed: Observed, sets: readonly SetView[]): readonly Step[] {
  if (isConfig(object)) return [];
  if (object.kind === 'PersistentVolumeClaim') return expansion(object, observed);
  if (object.kind !== 'StatefulSet') return [of('Update', object)];
  const set = sets.find((one) => one.object.metadata.name === object.metadata.name);
  return set === undefined
    ? []
    : [...templateChange(object, set), ...sizeChange(object, set), ...restarts(object, set)];
}

interface ClaimSpec {
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

/** Marks on claims are bookkeeping; a new size is not. */
function expansion(object: KubeObject, observed: Observed): readonly Step[] {
  const wanted = (object['spec'] as ClaimSpec | undefined)?.resources?.requests?.storage;
  const live = liveObject(observed, object.kind, object.metadata.name)?.['spec'] as ClaimSpec | undefined;
  return wanted === undefined || wanted === live?.resources?.requests?.storage ? [] : [of('ExpandVolume', object)];
}

interface SetSpec {
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

const templateHash = (object: KubeObject): string | undefined =>
  object.metadata.annotations?.[annotations.templateHash];

const changesTemplate = (object: KubeObject, set: SetView): boolean =>
  templateHash(object) !== undefined && templateHash(object) !== templateHash(set.object);

const templateChange = (object: KubeObject, set: SetView): readonly Step[] =>
  changesTemplate(object, set) ? [of('ChangeTemplate', object)] : [];

function sizeChange(object: KubeObject, set: SetView): readonly Step[] {
  const { replicas = set.replicas } = (object['spec'] ?? {}) as SetSpec;
  if (replicas > set.replicas) return [of('ScaleUp', object)];
  const leaving = Array.from({ length: set.replicas - replicas }, (_, index) => set.replicas - 1 - index);
  return leaving.map((ordinal) => step('RemoveNode', `Pod/${object.metadata.name}-${ordinal}`));
}

/** Pods at or above the partition that are not of the newest template are replaced by Kubernetes. */
function restarts(object: KubeObject, set: SetView): readonly Step[] {
  const { updateStrategy } = (object['spec'] ?? {}) as SetSpec;
  if (updateStrategy?.type !== 'RollingUpdate' || changesTemplate(object, set)) return [];
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition === set.partition && !set.onDelete) return [];
  return set.pods
    .filter((pod) => pod.outdated && pod.ordinal >= partition)
    .map((pod) => step('Restart', `Pod/${pod.name}`));
}

interface Named {
  readonly kind: string;
  readonly name: string;
}

function deleted(reference: Named, sets: readonly SetView[]): readonly Step[] {
  const { kind, name } = reference;
  if (isConfig(reference)) return [];
  if (kind === 'Pod') return [step('Restart', `Pod/${name}`)];
  if (kind === 'StatefulSet') return [step('RemovePool', `StatefulSet/${name}`)];
  if (kind !== 'PersistentVolumeClaim') return [step('Delete', `${kind}/${name}`)];
  const set = sets.find((one) => one.object.metadata.name === setOfClaim(name));
  const pod = set?.pods.find((one) => claimOf(one.name) === name);
  const isKept = set !== undefined && pod !== undefined && pod.ordinal < set.replicas;
  return [isKept ? step('ReplaceNode', `Pod/${pod.name}`) : step('DeleteVolume', `${kind}/${name}`)];
}

function inElasticsearch(action: ElasticsearchAction, look: AnsweredLook): readonly Step[] {
  switch (action.kind) {
    case 'putIndexTemplate':
      return changesIndexTemplate(action, look) ? [step('UpdateTemplate', `IndexTemplate/${action.name}`)] : [];
    case 'updateStreams':
      return [step('UpdateStreams', `DataStreams/${action.pattern}`)];
    case 'setExclusions':
      return drains(action.marked, look);
    case 'addVotingExclusions':
      // Of a node that is away, whose vote was taken by its name before.
      if (action.by === 'id') return [];
      return action.nodes
        .filter((node) => !look.voting.excluded.includes(node))
        .map((node) => step('TakeVote', `Pod/${node}`));
    case 'setReplicas': {
      const { indices, replicas } = action;
      return [step('SetCopies', indexSubject(indices), bytesAdded(look.detail, new Set(indices), replicas))];
    }
    case 'setTierPreference':
      return [step('SetTierPreference', indexSubject(action.indices))];
    case 'clearVotingExclusions':
    case 'setAllocationEnable':
      return [];
  }
}

/** Whether streams were brought to the template stands in it, too: that alone is bookkeeping. */
function changesIndexTemplate({ body: { _meta: _, ...body } }: PutIndexTemplate, look: AnsweredLook): boolean {
  return !contains(look.indexTemplate, body);
}

const indexSubject = (indices: readonly string[]): string =>
  indices.length === 1 ? `Index/${indices[0] ?? ''}` : `Indices/${indices.length}`;

/** Nodes that begin to be emptied, and those that are spared after all. */
function drains(marked: readonly string[], look: AnsweredLook): readonly Step[] {
  const before = [...ownExclusions(look), ...ownTiers(look).map((tier) => `tier:${tier}`)];
  const isMember = (name: string): boolean => look.nodes.some((node) => node.name === name);
  const begun = marked.filter((entry) => !before.includes(entry) && !isSpared(entry));
  const stopped = before.filter((entry) => !marked.includes(entry) && isMember(entry));
  return [
    ...begun
      .filter((entry) => entry.startsWith('tier:'))
      .map((entry) => step('LeaveTier', `Tier/${entry.slice('tier:'.length)}`)),
    ...begun
      .filter((entry) => !entry.startsWith('tier:'))
      .map((entry) => step('Drain', `Pod/${entry}`, bytesOn(look.detail, entry))),
    ...stopped.map((entry) => step('StopDrain', `Pod/${entry}`)),
  ];
}

function bytesOn(detail: ClusterDetail | undefined, node: string): number {
  const copies = detail?.shards.filter((copy) => copy.node === node) ?? [];
  return copies.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

/** What more copies of these indices take. */
function bytesAdded(detail: ClusterDetail | undefined, names: ReadonlySet<string>, replicas: number): number {
  const primaries = detail?.shards.filter((copy) => copy.primary && names.has(copy.index)) ?? [];
  return primaries.reduce((sum, { index, bytes = 0 }) => {
    const before = detail?.indices.find(({ name }) => name === index)?.replicas ?? replicas;
    return sum + bytes * Math.max(0, replicas - before);
  }, 0);
}
