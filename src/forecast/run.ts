// A run of the simulator from a live look on: its clock, what the operator would see, and whether anything still moves.
import type { KubeObject } from '../core/kubernetes.ts';
import { contains, type LiveObjects } from '../core/objects.ts';
import { annotations } from '../core/names.ts';
import type { Action } from '../core/elasticsearch/actions.ts';
import { isElasticsearchAction } from '../core/elasticsearch/actions.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import type { ElasticsearchPlan } from '../core/elasticsearch/plan.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { allShards } from '../simulator/state.ts';
import { shortestRecovery } from './recoveries.ts';
import { type WholeLook, worldOf } from './world.ts';

export interface ForecastInput {
  /** The stack as it is proposed. */
  readonly stack: ResolvedStack;
  /** A whole look at the stack as it is. */
  readonly observed: Observed & { readonly cluster: WholeLook };
  readonly templates: ConfigTemplates;
  /** Live objects of the components that follow Elasticsearch. */
  readonly live: LiveObjects;
  /** What one node takes in by recoveries. */
  readonly recoveryBytesPerSecond: number;
}

/** A tick with pods in it: a node that is restarted is back after three of them. */
const usualSeconds = 15;

/** Copies wait up to 60 s for their node; when it is quiet for longer than that, nothing comes any more. */
const quietSeconds = 75;

export class Run {
  /** Since the first look. */
  seconds = 0;
  #quiet = 0;
  readonly #input: ForecastInput;
  readonly #simulator: Simulator;

  constructor(input: ForecastInput) {
    const { stack, observed, recoveryBytesPerSecond } = input;
    const pace = { secondsPerTick: usualSeconds, recoveryBytesPerSecond };
    this.#input = input;
    this.#simulator = worldOf(stack.identity.name, observed, observed.cluster, pace);
    this.#simulator.versions.set(stack.images.elasticsearch.image, stack.images.elasticsearch.version);
  }

  /** Whether nothing has moved for so long that nothing will. */
  get rests(): boolean {
    return this.#quiet >= quietSeconds;
  }

  /** What the operator would see now. What the simulator does not model stays as it was. */
  observe(): Observed {
    const { takenAt, cluster: first } = this.#input.observed;
    const { cluster, ...seen } = this.#simulator.observe({ detail: true });
    return {
      ...seen,
      takenAt: new Date(Date.parse(takenAt) + this.seconds * 1000).toISOString(),
      cluster: cluster.answered ? { ...cluster, capabilities: first.capabilities } : cluster,
    };
  }

  /** Carries out a plan, and lets time pass. */
  goOn({ actions }: ElasticsearchPlan): void {
    for (const action of actions) this.#simulator.take(this.#asServed(action));
    const { elasticsearch } = this.#simulator;
    const recovery = shortestRecovery(elasticsearch);
    // Long ticks only while copies move and nothing else happens.
    const isSlow = actions.length > 0 || this.#podsAway();
    const seconds = isSlow ? usualSeconds : Math.max(usualSeconds, recovery ?? 0);
    elasticsearch.world = { ...elasticsearch.world, secondsPerTick: seconds };
    this.#simulator.tick();
    this.seconds += seconds;
    this.#quiet = actions.length > 0 || recovery !== undefined ? 0 : this.#quiet + seconds;
  }

  #podsAway(): boolean {
    return [...this.#simulator.pods.values()].some((pod) => !this.#simulator.serves(pod));
  }

  /**
   * As the API server would store it: in fields of a StatefulSet that are written as they are, the server's defaults stay,
   * and with those of the template its revision.
   */
  #asServed(action: Action): Action {
    if (isElasticsearchAction(action) || action.kind !== 'apply' || action.object.kind !== 'StatefulSet') return action;
    const { object } = action;
    const live = this.#simulator.kubernetes.sets.get(object.metadata.name)?.object;
    if (live === undefined || object['spec'] === undefined) return action;
    const stored = live['spec'] as Fields;
    const spec = Object.entries(object['spec'] as Fields).map(([field, wanted]) => {
      const isKept =
        contains(stored[field], wanted) && (field !== 'template' || templateHash(live) === templateHash(object));
      return [field, isKept ? stored[field] : wanted];
    });
    return { ...action, object: { ...object, spec: Object.fromEntries(spec) as Fields } };
  }

  /** Bytes of shards that had a whole copy at first and have none on any disk now. */
  bytesLost(): number {
    const { dataLosses } = this.#simulator.records;
    const latest = new Map(dataLosses.map(({ index, shard, documents }) => [`${index}/${shard}`, documents]));
    const { cluster } = this.#simulator.elasticsearch;
    const known = new Set(cluster === undefined ? [] : allShards(cluster).map((one) => `${one.index}/${one.number}`));
    return [...latest].reduce((sum, [key, bytes]) => sum + (known.has(key) ? bytes : 0), 0);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** A field that is no longer wanted in a template shows in this alone. */
const templateHash = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[annotations.templateHash];
