// Stories of Logstash pods that come and go on a model of their queues: edits, crashes of the operator, slow kubelets, an Elasticsearch that is away. No event is ever lost.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import type { QueueFigures } from '../core/logstash/queue.ts';
import { leavingOrdinal } from '../core/logstash/scale-in.ts';
import { componentLabels } from '../core/names.ts';
import type { ObjectAction } from '../core/objects.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleIdentity, exampleStack } from '../core/stack.testing.ts';
import { liveSecrets, secretsOfLogstash } from '../core/workloads.testing.ts';
import { loadTemplates } from '../templates.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
});

const secondsPerTick = 5;
const batch = 125;
const labels = componentLabels(exampleIdentity, 'logstash');
const secrets = liveSecrets(secretsOfLogstash);

interface Claim {
  readonly object: KubeObject;
  queued: number;
}

interface Pod {
  readonly object: KubeObject;
  /** The input that it runs. */
  input: string | undefined;
  /** What it counted last: it is always a little late. */
  counted: number;
}

class World {
  readonly objects = new Map<string, KubeObject>();
  readonly pods = new Map<number, Pod>();
  readonly claims = new Map<string, Claim>();
  readonly lost: string[] = [];
  wanted = 1;
  edits = 1;
  elasticsearchAnswers = true;
  accepted = 0;
  sent = 0;
  #serial = 0;
  #random: number;
  #said: { text: string; since: number } | undefined;
  #now = 0;

  constructor(seed: number) {
    this.#random = seed * 2_654_435_761 + 1;
  }

  chance(part: number): boolean {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32 < part;
  }

  get stack(): ResolvedStack {
    const stack = exampleStack({ logstash: { replicas: this.wanted } });
    return { ...stack, identity: { ...stack.identity, generation: this.edits } };
  }

  edit(replicas: number): void {
    this.wanted = replicas;
    this.edits += 1;
  }

  readonly live = (reference: ObjectReference): KubeObject | undefined => {
    const { kind, name } = reference;
    if (kind === 'Pod') return [...this.pods.values()].find(({ object }) => object.metadata.name === name)?.object;
    if (kind === 'PersistentVolumeClaim') return this.claims.get(name)?.object;
    return this.objects.get(`${kind}/${name}`) ?? secrets(reference);
  };

  #figures(ordinal: number): QueueFigures | undefined {
    const pod = this.pods.get(ordinal);
    if (pod?.input === undefined || this.chance(0.05)) return undefined;
    const inFlight = this.elasticsearchAnswers ? 0 : Math.min(this.#claimOf(ordinal)?.queued ?? 0, batch);
    const unread = Math.max(pod.counted - inFlight, 0);
    return {
      inputs: [pod.input],
      unread,
      inFlight,
      deadLetters: false,
      fingerprint: `${pod.input} ${unread} ${inFlight}`,
    };
  }

  readonly #claimOf = (ordinal: number): Claim | undefined => this.claims.get(`queue-logs-ls-${ordinal}`);

  /** One look of the operator; it may die in the middle of what it does. */
  operate(distort: (figures: QueueFigures) => QueueFigures): void {
    const leaving = leavingOrdinal(this.stack, this.live);
    const figures = leaving === undefined ? undefined : this.#figures(leaving);
    const text = `${leaving} ${figures?.fingerprint}`;
    if (this.#said?.text !== text) this.#said = { text, since: this.#now };
    const unchangedSeconds = this.#now - this.#said.since;
    const queue = { figures: figures === undefined ? undefined : distort(figures), unchangedSeconds };
    const seen = { takenAt: '2026-01-01T00:00:00Z', queue: leaving === undefined ? undefined : queue };
    for (const action of planLogstash(this.stack, templates, this.live, seen).actions) {
      if (this.chance(0.03)) {
        this.#said = undefined;
        return;
      }
      this.#take(action);
    }
  }

  #take(action: ObjectAction): void {
    if (action.kind === 'delete') {
      const claim = this.claims.get(action.reference.name);
      if (claim !== undefined && claim.queued > 0) this.lost.push(`${claim.queued} of ${action.reference.name}`);
      this.claims.delete(action.reference.name);
      return;
    }
    const { kind, metadata } = action.object;
    const claim = this.claims.get(metadata.name);
    if (kind === 'PersistentVolumeClaim' && claim !== undefined) {
      const object = { ...claim.object, metadata: { ...claim.object.metadata, ...metadata } };
      this.claims.set(metadata.name, { ...claim, object });
      return;
    }
    const generation = (this.objects.get(`${kind}/${metadata.name}`)?.metadata.generation ?? 0) + 1;
    this.objects.set(`${kind}/${metadata.name}`, { ...action.object, metadata: { ...metadata, labels, generation } });
  }

  tick(): void {
    this.#now += secondsPerTick;
    this.#lookAfterSet();
    for (const [ordinal, pod] of this.pods) this.#runPod(ordinal, pod);
  }

  #lookAfterSet(): void {
    const set = this.objects.get('StatefulSet/logs-ls');
    if (set === undefined || this.chance(0.3)) return;
    const { replicas } = set['spec'] as { replicas: number };
    const status = { observedGeneration: set.metadata.generation };
    this.objects.set('StatefulSet/logs-ls', { ...set, status });
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) this.#startPod(ordinal);
    for (const ordinal of this.pods.keys()) if (ordinal >= replicas && this.chance(0.5)) this.pods.delete(ordinal);
  }

  #startPod(ordinal: number): void {
    if (this.pods.has(ordinal)) return;
    this.#serial += 1;
    const of = (kind: string, name: string, phase: string): KubeObject => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'team', uid: `${name}-${this.#serial}`, labels },
      status: { phase },
    });
    const claim = `queue-logs-ls-${ordinal}`;
    if (!this.claims.has(claim))
      this.claims.set(claim, { object: of('PersistentVolumeClaim', claim, 'Bound'), queued: 0 });
    const object = of('Pod', `logs-ls-${ordinal}`, 'Running');
    this.pods.set(ordinal, { object, input: undefined, counted: 0 });
  }

  /** A kubelet hands on the newest pipeline at some time; an open input takes in logs; what is queued is sent. */
  #runPod(ordinal: number, pod: Pod): void {
    const claim = this.#claimOf(ordinal);
    if (claim === undefined) throw new Error(`Pod ${ordinal} runs without its volume.`);
    pod.counted = claim.queued;
    if (pod.input === undefined || this.chance(0.1)) {
      const texts = this.objects.get('ConfigMap/logs-ls-pipelines')?.['data'] as Record<string, string> | undefined;
      pod.input = /id => .([\w-]+)/.exec(texts?.[`logs-ls-${ordinal}.conf`] ?? '')?.[1] ?? pod.input;
    }
    if (pod.input === 'filebeat') {
      const events = this.chance(0.7) ? 30 : 0;
      this.accepted += events;
      claim.queued += events;
    }
    const sent = this.elasticsearchAnswers ? Math.min(claim.queued, 60) : 0;
    this.sent += sent;
    claim.queued -= sent;
  }
}

const honest = (figures: QueueFigures): QueueFigures => figures;

/** Two hundred ticks of anything, then quiet until the operator has nothing to do. */
function tell(seed: number, distort = honest): World {
  const world = new World(seed);
  for (let ticks = 0; ticks < 400; ticks += 1) {
    const isQuiet = ticks >= 200;
    if (!isQuiet && world.chance(0.06)) world.edit(1 + [0.25, 0.5, 0.75].filter((part) => world.chance(part)).length);
    if (!isQuiet && world.chance(0.05)) world.elasticsearchAnswers = !world.elasticsearchAnswers;
    if (isQuiet) world.elasticsearchAnswers = true;
    if (world.chance(0.8)) world.operate(distort);
    world.tick();
  }
  return world;
}

const seeds = Array.from({ length: 30 }, (_none, seed) => seed + 1);

describe('[queue-left-behind] stories of Logstash pods', () => {
  it('[queue-left-behind] lose no event, and end with the pods and volumes that the spec asks for', () => {
    let edits = 0;
    for (const seed of seeds) {
      const world = tell(seed);
      const queued = [...world.claims.values()].reduce((sum, claim) => sum + claim.queued, 0);
      expect(world.lost, `seed ${seed}`).toEqual([]);
      expect(world.sent + queued, `seed ${seed}`).toBe(world.accepted);
      expect([...world.pods.keys()], `seed ${seed}`).toHaveLength(world.wanted);
      expect([...world.claims.keys()], `seed ${seed}`).toHaveLength(world.wanted);
      edits += world.edits;
    }
    expect(edits).toBeGreaterThan(seeds.length);
  });

  it.each<[string, (figures: QueueFigures) => QueueFigures]>([
    ['what it holds', (figures) => ({ ...figures, unread: 0, inFlight: 0 })],
    ['what is on its way', (figures) => ({ ...figures, inFlight: 0 })],
  ])('would lose events if nobody asked %s', (_name, distort) => {
    expect(seeds.some((seed) => tell(seed, distort).lost.length > 0)).toBe(true);
  });
});
