// What the operator watches: one store per kind, only objects with our label, and which stack each of them belongs to.
import { isAheadOf } from '../core/followers.ts';
import { labels, managedBy, type ReconciledComponent } from '../core/names.ts';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { isWorkload } from '../core/workloads.ts';
import type { Manager, Source } from '../kube/manager.ts';
import type { WorkQueue } from '../kube/queue.ts';
import { keyOf, objectKey, resourceOf, RESOURCES } from '../kube/resources.ts';

const watchedKinds = [
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'PersistentVolumeClaim',
  'Pod',
  'PodDisruptionBudget',
  'RoleBinding',
  'Secret',
  'Service',
  'ServiceAccount',
  'StatefulSet',
] as const;

/** Kinds that people write besides the stacks: each refers to a stack of its namespace, and has a queue of its own. */
const kindsOfPeople = [
  'StackPlan',
  'StackRepository',
  'StackRestore',
  'StackSnapshot',
  'StackSnapshotSchedule',
] as const;

export type KindOfPeople = (typeof kindsOfPeople)[number];

type WatchedKind = (typeof watchedKinds)[number] | KindOfPeople | 'LoggingStack' | 'ClusterRoleBinding' | 'Namespace';

/** Kinds that concern every component: the spec, and the Secrets that one makes and another waits for. */
const readByAll: ReadonlySet<string> = new Set(['LoggingStack', 'Secret']);

/** Who of a stack's components reads which of the other kinds: what its nodes mount, what waits for its turn, what a new stack waits for. */
const readBySome: Readonly<Partial<Record<string, readonly ReconciledComponent[]>>> = {
  StackRepository: ['elasticsearch'],
  StackSnapshot: ['elasticsearch'],
  StackSnapshotSchedule: ['elasticsearch'],
  StackRestore: ['stack', 'logstash', 'filebeat'],
};

/** All stores. In namespaced mode there is one for each kind and namespace, and none for cluster-scoped kinds. */
export class Watches {
  readonly stacks: readonly Source[];
  private readonly sources: ReadonlyMap<string, readonly Source[]>;

  constructor(manager: Manager, namespaces: readonly string[] | undefined) {
    const scopes = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
    const ours = { matchLabels: { 'app.kubernetes.io/managed-by': managedBy }, indexLabels: [labels.stack] };
    const sources = new Map<string, readonly Source[]>();
    for (const kind of watchedKinds) {
      sources.set(
        kind,
        scopes.map((scope) => manager.watch(RESOURCES[kind], { ...ours, ...scope })),
      );
    }
    this.stacks = scopes.map((scope) => manager.watch(RESOURCES.LoggingStack, scope));
    sources.set('LoggingStack', this.stacks);
    for (const kind of kindsOfPeople) {
      sources.set(
        kind,
        scopes.map((scope) => manager.watch(RESOURCES[kind], scope)),
      );
    }
    if (namespaces === undefined) {
      sources.set('ClusterRoleBinding', [manager.watch(RESOURCES.ClusterRoleBinding, ours)]);
      sources.set('Namespace', [manager.watch(RESOURCES.Namespace, {})]);
    }
    this.sources = sources;
  }

  /** Wakes a component's queue for the stacks that a change concerns. */
  wake(queue: WorkQueue, component: ReconciledComponent): void {
    for (const source of [...this.sources.values()].flat()) {
      source.enqueue(queue, (object) => this.#concerned(object, component));
    }
  }

  /** Wakes the queue of a kind: each object by its own key. */
  wakeOwn(queue: WorkQueue, kind: KindOfPeople): void {
    for (const source of this.of(kind)) source.enqueue(queue, (object) => [objectKey(object)]);
  }

  /** Wakes the queue of a kind for all objects of the stack that an object of another kind is, or is about. */
  wakeByStack(queue: WorkQueue, kind: KindOfPeople, others: readonly (KindOfPeople | 'LoggingStack')[]): void {
    for (const source of others.flatMap((other) => this.of(other))) {
      source.enqueue(queue, (object) => stackKeys(object).flatMap((key) => this.aboutStack(kind, key).map(objectKey)));
    }
  }

  /** All objects of a kind that are about the stack with this key. */
  aboutStack(kind: KindOfPeople, stackKey: string): readonly KubeObject[] {
    const objects = this.of(kind).flatMap((source) => source.store.list());
    return objects.filter((object) => stackKeys(object).includes(stackKey));
  }

  /**
   * Keys of the stacks whose component should look again. A Filebeat pod of one of many nodes wakes Filebeat alone; a
   * workload wakes also those that follow it in an upgrade.
   */
  #concerned(object: KubeObject, component: ReconciledComponent): readonly string[] {
    if (object.kind === 'Namespace') return component === 'filebeat' ? this.#stacksIn(object.metadata.name) : [];
    const owner = object.metadata.labels?.[labels.component];
    const isAwaited = isWorkload(object) && isAheadOf(owner ?? '', component);
    const isRead = readByAll.has(object.kind) || readBySome[object.kind]?.includes(component) === true;
    return owner === component || isAwaited || isRead ? stackKeys(object) : [];
  }

  #stacksIn(namespace: string): readonly string[] {
    const stacks = this.stacks.flatMap((source) => source.store.list());
    return stacks.filter(({ metadata }) => metadata.namespace === namespace).map(objectKey);
  }

  of(kind: WatchedKind): readonly Source[] {
    return this.sources.get(kind) ?? [];
  }

  /** The object as the cache has it; undefined when there is none with our label. */
  readonly find = (reference: ObjectReference): KubeObject | undefined => {
    for (const source of this.of(resourceOf(reference).kind as WatchedKind)) {
      const found = source.store.get(keyOf(reference));
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** All objects of a kind that carry a stack's label, in its namespace. */
  ofStack(kind: WatchedKind, namespace: string, stack: string): readonly KubeObject[] {
    return this.of(kind)
      .flatMap((source) => source.store.byLabel(labels.stack, stack))
      .filter((object) => object.metadata.namespace === namespace);
  }
}

/** The key of the stack that an object of ours belongs to, or is about. */
function stackKeys(object: KubeObject): readonly string[] {
  if (object.kind === 'LoggingStack') return [objectKey(object)];
  const { stackRef } = (object['spec'] ?? {}) as { readonly stackRef?: { readonly name?: string } };
  const stack = object.metadata.labels?.[labels.stack] ?? stackRef?.name;
  const namespace = object.metadata.namespace ?? object.metadata.labels?.[labels.namespace];
  return stack === undefined || namespace === undefined ? [] : [`${namespace}/${stack}`];
}
