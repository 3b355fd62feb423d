// Judges from outside when a stack is ready, in the same way whoever made it: all pods ready, Elasticsearch green with all its nodes.
import { setTimeout as pause } from 'node:timers/promises';
import { CoreV1Api, CustomObjectsApi, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { labels } from '../../src/core/names.ts';
import { connectElasticsearch, elasticsearchAccess, type ElasticsearchUser } from '../environment/elasticsearch.ts';
import { isReady } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { conditionOf, type Place, type Stack } from '../environment/stacks.ts';
import type { Run } from './figures.ts';

/** What deploy/samples/minimal.yaml becomes. Filebeat runs once on every Kubernetes node. */
const expectedPods = { master: 3, data: 2, ingest: 1, kibana: 1, logstash: 1 } as const;
const elasticsearchNodes = expectedPods.master + expectedPods.data + expectedPods.ingest;
const elasticsearchParts = ['master', 'data', 'ingest'];
const otherParts = ['kibana', 'logstash', 'filebeat'];

export interface Surroundings {
  readonly site: Site;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const millisecondsBetweenLooks = 500;
/** A busy machine is no failure. */
export const patienceSeconds = 1200;

export interface Verdict {
  readonly seconds: number;
  readonly ownSeconds: number | undefined;
  readonly parts: Run['parts'];
}

const serves = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined && isReady({ status: { conditions: status?.conditions ?? [] } });

/** The pool of an Elasticsearch pod, the component of any other. */
const partOf = (pod: V1Pod): string =>
  pod.metadata?.labels?.[labels.pool] ?? pod.metadata?.labels?.[labels.component] ?? 'unknown';

/** The first time of everything that was seen in the looks at one stack. */
class Sightings {
  readonly #expected: ReadonlyMap<string, number>;
  readonly #log: (line: string) => void;
  readonly appeared = new Map<string, number>();
  readonly ready = new Map<string, number>();

  constructor(expected: ReadonlyMap<string, number>, log: (line: string) => void) {
    this.#expected = expected;
    this.#log = log;
  }

  /** True while all pods of these parts are ready. */
  note(pods: readonly V1Pod[], at: number): (part: string) => boolean {
    const complete = new Set<string>();
    for (const [part, count] of this.#expected) {
      const ofPart = pods.filter((pod) => partOf(pod) === part);
      if (ofPart.length > 0) this.first(this.appeared, part, at);
      if (ofPart.filter(serves).length < count) continue;
      complete.add(part);
      this.markReady(part, at);
    }
    return (part) => complete.has(part);
  }

  markReady(part: string, at: number): void {
    if (this.first(this.ready, part, at)) this.#log(`${at.toFixed(1).padStart(7)} s  ${part} ready`);
  }

  first(times: Map<string, number>, part: string, at: number): boolean {
    if (times.has(part)) return false;
    times.set(part, at);
    return true;
  }

  get parts(): Verdict['parts'] {
    const entries = [...this.ready].map(
      ([part, ready]) => [part, { appeared: this.appeared.get(part) ?? ready, ready }] as const,
    );
    return Object.fromEntries(entries);
  }
}

/** Looks through the API of Kubernetes without starting a program each time, which would take processor time from what is measured. */
export class Judge {
  readonly #place: Place;
  readonly #site: Site;
  readonly #log: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;

  constructor(place: Place, { site, log, signal }: Surroundings) {
    const config = new KubeConfig();
    config.loadFromFile(site.kubeconfig);
    this.#place = place;
    this.#site = site;
    this.#log = log;
    this.#signal = signal;
    this.#core = config.makeApiClient(CoreV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  /** Looks every half second until all is ready; with `own`, also until the LoggingStack says so itself. `began`: by performance.now(). */
  async untilReady(began: number, own: boolean): Promise<Verdict> {
    const record = new Sightings(await this.#expected(), this.#log);
    const now = (): number => (performance.now() - began) / 1000;
    let elasticsearch: ElasticsearchUser | undefined;
    let outside: number | undefined;
    let itself: number | undefined;
    try {
      for (let look = 1; outside === undefined || (own && itself === undefined); look += 1) {
        if (now() > patienceSeconds) throw new Error(late(record));
        const isComplete = record.note(await this.#pods(), now());
        if (record.appeared.has('ingest')) elasticsearch ??= await this.#connect();
        const green =
          elasticsearchParts.every(isComplete) && elasticsearch !== undefined && (await isGreen(elasticsearch));
        if (green) record.markReady('green', now());
        if (green && otherParts.every(isComplete)) outside ??= now();
        // Before its first pod is there, the LoggingStack may not be there either.
        if (own && itself === undefined && record.appeared.size > 0 && (await this.#saysReady())) itself = now();
        await pause(Math.max(0, began + look * millisecondsBetweenLooks - performance.now()), undefined, {
          signal: this.#signal,
        });
      }
    } finally {
      await elasticsearch?.[Symbol.asyncDispose]();
    }
    return { seconds: outside, ownSeconds: itself, parts: record.parts };
  }

  async #expected(): Promise<ReadonlyMap<string, number>> {
    const { items } = await this.#core.listNode();
    return new Map([...Object.entries(expectedPods), ['filebeat', items.length]]);
  }

  async #connect(): Promise<ElasticsearchUser> {
    return connectElasticsearch(await elasticsearchAccess(this.#site.run, this.#place.namespace, this.#place.name));
  }

  async #pods(): Promise<readonly V1Pod[]> {
    const { namespace, name } = this.#place;
    return (await this.#core.listNamespacedPod({ namespace, labelSelector: `${labels.stack}=${name}` })).items;
  }

  async #saysReady(): Promise<boolean> {
    const stack = (await this.#custom.getNamespacedCustomObject({
      group: 'loggingstack.dev',
      version: 'v1alpha1',
      plural: 'loggingstacks',
      ...this.#place,
    })) as Stack;
    const condition = conditionOf(stack, 'Ready');
    return condition?.status === 'True' && condition.observedGeneration === stack.metadata.generation;
  }
}

const late = ({ ready }: Sightings): string =>
  `not ready after ${patienceSeconds} s; ready by then: ${[...ready.keys()].join(', ') || 'nothing'}`;

async function isGreen(elasticsearch: ElasticsearchUser): Promise<boolean> {
  try {
    const { body } = await elasticsearch.ask('GET', '/_cluster/health?timeout=1s&master_timeout=1s');
    const { status, number_of_nodes: nodes } = body as { status?: string; number_of_nodes?: number };
    return status === 'green' && nodes === elasticsearchNodes;
  } catch {
    return false; // not yet: the next look asks again, and patience has an end
  }
}
