// Watches a stack's Elasticsearch pods: how many that should serve are away, and for how long.
import {
  AppsV1Api,
  CoreV1Api,
  type Informer,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  type V1Pod,
  type V1StatefulSet,
} from '@kubernetes/client-node';
import { labels } from '../../src/core/names.ts';
import { isReady } from '../environment/pods.ts';
import type { Place } from '../environment/stacks.ts';
import type { AwayCount } from './figures.ts';

/** What is looked at of a StatefulSet and of a pod. */
interface WatchedSet {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly replicas?: number };
}

interface WatchedPod {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly deletionTimestamp?: Date;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const ordinalOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);

/**
 * Counts pods that are away: no pod, or one that leaves or has not been ready yet, where one has served before and the
 * StatefulSet still asks for it. (All pods are unready for a moment while a master is elected; they are not away then.)
 */
export class AwayCounter {
  readonly #sets = new Map<string, number>();
  readonly #pods = new Map<string, WatchedPod>();
  /** UIDs of pods that were ready once. */
  readonly #served = new Set<string>();
  /** Names under which a pod has served, as long as their StatefulSet asks for them. */
  readonly #expected = new Map<string, string>();

  set(set: WatchedSet, gone: boolean): void {
    const name = set.metadata?.name ?? '';
    if (gone) this.#sets.delete(name);
    else this.#sets.set(name, set.spec?.replicas ?? 0);
  }

  pod(pod: WatchedPod, gone: boolean): void {
    const name = pod.metadata?.name ?? '';
    if (gone) {
      if (this.#pods.get(name)?.metadata?.uid === pod.metadata?.uid) this.#pods.delete(name);
      return;
    }
    this.#pods.set(name, pod);
    const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === 'StatefulSet')?.name ?? '';
    if (!isReady({ status: { conditions: pod.status?.conditions ?? [] } })) return;
    this.#served.add(pod.metadata?.uid ?? '');
    this.#expected.set(name, owner);
  }

  away(): readonly string[] {
    const away: string[] = [];
    for (const [name, set] of this.#expected) {
      if (ordinalOf(name) >= (this.#sets.get(set) ?? 0)) this.#expected.delete(name);
      else if (!this.#serves(name)) away.push(name);
    }
    return away;
  }

  /** Names of those of these pods that were never seen ready, given their UIDs by name. */
  unseen(uids: ReadonlyMap<string, string>): readonly string[] {
    return [...uids].filter(([, uid]) => !this.#served.has(uid)).map(([name]) => name);
  }

  #serves(name: string): boolean {
    const metadata = this.#pods.get(name)?.metadata;
    return metadata !== undefined && metadata.deletionTimestamp === undefined && this.#served.has(metadata.uid ?? '');
  }
}

export class PodWatch implements AsyncDisposable {
  readonly counts: AwayCount[] = [];
  readonly #counter = new AwayCounter();
  readonly #informers: Pick<Informer<KubernetesObject>, 'stop'>[] = [];
  #stopped = false;

  static async start(kubeconfig: string, place: Place): Promise<PodWatch> {
    const watch = new PodWatch();
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const labelSelector = `${labels.stack}=${place.name},${labels.component}=elasticsearch`;
    const scope = { namespace: place.namespace, labelSelector };
    const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
    const { namespace } = place;
    await watch.#follow<V1StatefulSet>(
      makeInformer(
        config,
        `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
        () => apps.listNamespacedStatefulSet(scope),
        labelSelector,
      ),
      (set, gone) => {
        watch.#counter.set(set, gone);
      },
    );
    await watch.#follow<V1Pod>(
      makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () => core.listNamespacedPod(scope), labelSelector),
      (pod, gone) => {
        watch.#counter.pod(pod, gone);
      },
    );
    return watch;
  }

  async #follow<T extends KubernetesObject>(
    informer: Informer<T>,
    take: (object: T, gone: boolean) => void,
  ): Promise<void> {
    const told = (gone: boolean) => (object: T) => {
      take(object, gone);
      this.#note();
    };
    informer.on('add', told(false));
    informer.on('update', told(false));
    informer.on('delete', told(true));
    // A watch ends now and then, and with the API server: then it lists again.
    informer.on('error', () => {
      setTimeout(() => {
        if (!this.#stopped) void informer.start().catch(() => undefined);
      }, 500);
    });
    this.#informers.push(informer);
    await informer.start();
  }

  /** Names of those of these pods that the watch never saw ready. */
  unseen(uids: ReadonlyMap<string, string>): readonly string[] {
    return this.#counter.unseen(uids);
  }

  #note(): void {
    const away = this.#counter.away().length;
    if (away !== (this.counts.at(-1)?.away ?? 0)) this.counts.push({ at: performance.now(), away });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#informers.map((informer) => informer.stop()));
  }
}
