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

type WatchedKind = (typeof watchedKinds)[number] | 'LoggingStack' | 'StackPlan' | 'ClusterRoleBinding' | 'Namespace';

/** Kinds that concern every component: the spec, and the Secrets that one makes and another waits for. */
const readByAll: ReadonlySet<string> = new Set(['LoggingStack', 'Secret']);

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
    sources.set(
      'StackPlan',
      scopes.map((scope) => manager.watch(RESOURCES.StackPlan, scope)),
    );
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

  /** Wakes the queue of plans: each by its own key. */
  wakePlans(queue: WorkQueue): void {
    for (const source of this.of('StackPlan')) source.enqueue(queue, (plan) => [objectKey(plan)]);
  }

  /**
   * Keys of the stacks whose component should look again. A Filebeat pod of one of many nodes wakes Filebeat alone; a
   * workload wakes also those that follow it in an upgrade.
   */
  #concerned(object: KubeObject, component: ReconciledComponent): readonly string[] {
    if (object.kind === 'Namespace') return component === 'filebeat' ? this.#stacksIn(object.metadata.name) : [];
    const owner = object.metadata.labels?.[labels.component];
    const isAwaited = isWorkload(object) && isAheadOf(owner ?? '', component);
    return owner === component || isAwaited || readByAll.has(object.kind) ? stackKeys(object) : [];
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

/** The key of the stack that an object of ours belongs to. */
function stackKeys(object: KubeObject): readonly string[] {
  if (object.kind === 'LoggingStack') return [objectKey(object)];
  const stack = object.metadata.labels?.[labels.stack];
  const namespace = object.metadata.namespace ?? object.metadata.labels?.[labels.namespace];
  return stack === undefined || namespace === undefined ? [] : [`${namespace}/${stack}`];
}
