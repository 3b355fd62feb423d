// One journey of a stack under writes: who writes and watches meanwhile, what must hold at its end, and what was measured.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { CaseContext } from '../cases/registry.ts';
import {
  connectElasticsearch,
  type ElasticsearchAccess,
  elasticsearchAccess,
  type ElasticsearchUser,
} from '../environment/elasticsearch.ts';
import { elasticsearchUids, operatorPods } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { applyStack, conditionOf, getStack, type Place, type Stack, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { streamNames } from './documents.ts';
import { leftBehind, persistentSettings } from './left-behind.ts';
import { PodWatch } from './pods.ts';
import { readBack } from './readback.ts';
import { judge, type Sight, type Verdict } from './verdict.ts';
import { type Watcher, watchDrains, watchHealth } from './watcher.ts';
import { Writer } from './writer.ts';
import type { HealthSample, Span } from './figures.ts';

export interface JourneyOptions {
  readonly place: Place;
  /** Condition that says that the stack is as its spec says. `Ready` where all components can run. */
  readonly condition?: 'ElasticsearchReady' | 'Ready';
  /** Nodes that may be away at once. */
  readonly maxUnavailable?: number;
  /** What must be seen on the way. */
  readonly sees?: readonly Sight[];
  /** Faults from outside may slow writes down and take nodes away: then only documents count, and what is left behind. */
  readonly underFaults?: boolean;
}

export class Journey implements AsyncDisposable {
  readonly admin: ElasticsearchUser;
  readonly #site: Site;
  readonly #context: CaseContext;
  readonly #options: JourneyOptions;
  readonly #writer: Writer;
  readonly #health: Watcher<HealthSample['status']>;
  readonly #drains: Watcher<number>;
  readonly #pods: PodWatch;
  readonly #began = performance.now();

  private constructor(
    site: Site,
    context: CaseContext,
    options: JourneyOptions,
    access: ElasticsearchAccess,
    pods: PodWatch,
  ) {
    this.#site = site;
    this.#context = context;
    this.#options = options;
    this.admin = connectElasticsearch(access);
    this.#writer = new Writer(access, context.seed);
    this.#health = watchHealth(access);
    this.#drains = watchDrains(access);
    this.#pods = pods;
  }

  /** Begins with a stack that is ready; returns when the first documents are acknowledged. */
  static async begin(site: Site, context: CaseContext, options: JourneyOptions): Promise<Journey> {
    const access = await elasticsearchAccess(site.run, options.place.namespace, options.place.name);
    await untilStreamsAreThere(access, context);
    const pods = await PodWatch.start(site.kubeconfig, options.place);
    const journey = new Journey(site, context, options, access, pods);
    try {
      await journey.#untilWriting();
      return journey;
    } catch (error) {
      await journey[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #untilWriting(): Promise<void> {
    await waitFor(
      'the first documents to be acknowledged',
      () =>
        Promise.resolve(
          this.#writer.acknowledged.size > 0 ? found(undefined) : seen(this.#writer.lastFailure || 'no answer'),
        ),
      { signal: this.#context.signal, seconds: 60, every: 0.2 },
    );
  }

  /** Edits the stack: the whole spec, as `kubectl apply` does. */
  async edit(spec: object, why: string): Promise<void> {
    const { namespace, name } = this.#options.place;
    await applyStack(this.#site.run, namespace, name, spec);
    this.#context.log(`${this.#seconds()}: ${why}`);
  }

  /** Waits until the stack says that it is as its spec says, and that no rule holds a change of its nodes back. */
  async settled(seconds = 900): Promise<Stack> {
    const { place, condition = 'ElasticsearchReady' } = this.#options;
    const { run } = this.#site;
    const stack = await waitFor(
      'a stack that is as its spec says',
      async () => {
        await waitForCondition(run, place, condition, seconds, this.#context);
        const now = await getStack(run, place.namespace, place.name);
        const blocked = (now.status?.blocked ?? []).filter(({ component }) => component === 'elasticsearch');
        return blocked.length === 0 && conditionOf(now, condition)?.status === 'True'
          ? found(now)
          : seen(blocked.map(({ rule, message }) => `${rule}: ${message}`).join(' | '));
      },
      { signal: this.#context.signal, seconds },
    );
    this.#context.log(`${this.#seconds()}: as its spec says`);
    return stack;
  }

  /** Waits until Elasticsearch has nodes on its exclusion list: a drain is under way. Returns them. */
  async draining(seconds = 300): Promise<readonly string[]> {
    return waitFor(
      'a drain to begin',
      async () => {
        const names = (await this.settings())['cluster.routing.allocation.exclude._name'] ?? '';
        return names === '' ? seen(await this.#blocked()) : found(names.split(','));
      },
      { signal: this.#context.signal, seconds, every: 0.25 },
    );
  }

  /** Waits until the stack is blocked by a rule, and returns what it says. */
  async blockedBy(rule: string, seconds = 300): Promise<string> {
    return waitFor(
      `the rule ${rule}`,
      async () => {
        const stack = await getStack(this.#site.run, this.#options.place.namespace, this.#options.place.name);
        const entry = stack.status?.blocked?.find((one) => one.rule === rule);
        return entry === undefined ? seen(await this.#blocked()) : found(`${entry.subject}: ${entry.message}`);
      },
      { signal: this.#context.signal, seconds },
    );
  }

  async #blocked(): Promise<string> {
    const stack = await getStack(this.#site.run, this.#options.place.namespace, this.#options.place.name);
    const blocked = stack.status?.blocked?.map(({ rule, message }) => `${rule}: ${message}`) ?? [];
    return blocked.join(' | ') || 'nothing is blocked';
  }

  /** Persistent cluster settings, flat. */
  settings(): Promise<Readonly<Record<string, string>>> {
    return persistentSettings(this.admin);
  }

  /** Names of the cluster's nodes, sorted. */
  async nodes(): Promise<readonly string[]> {
    const { body } = await this.admin.ask('GET', '/_cat/nodes?format=json&h=name');
    return (body as readonly { readonly name: string }[]).map(({ name }) => name).toSorted();
  }

  async killOperator(): Promise<void> {
    await this.#site.run(['delete', 'pods', ...operatorPods, '--grace-period=0', '--force']);
    this.#context.log(`${this.#seconds()}: killed the operator`);
  }

  /** Whether any look until now saw the cluster red. */
  get wasRed(): boolean {
    return this.#health.samples.some(({ answer }) => answer === 'red');
  }

  /** Some more documents, so that what went wrong last is not cut off. */
  async #aWhileLonger(): Promise<void> {
    await pause(3000, undefined, { signal: this.#context.signal });
  }

  #seconds(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(0)} s`;
  }

  /** Ends the journey: stops writing, reads every acknowledged document back, looks for what was left behind. */
  async end(): Promise<Verdict> {
    await this.#aWhileLonger();
    const span: Span = { begin: this.#began, end: performance.now() };
    await this.#writer.stop();
    await this.#health.stop();
    await this.#drains.stop();
    const measured = await this.#measure(span);
    const { place } = this.#options;
    const read = await readBack(this.admin, this.#context.seed, this.#writer.acknowledged);
    const left = await leftBehind({ site: this.#site, place, admin: this.admin }, this.#context.signal);
    const failures = [
      ...(this.#options.underFaults === true ? [] : measured.failures),
      ...(read.missingCount > 0 ? [`${read.missingCount} documents are missing: ${read.missing.join(', ')}`] : []),
      ...(read.different.length > 0 ? [`${read.different.length} documents have another content`] : []),
      ...(read.unknown.length > 0 ? [`${read.unknown.length} documents were never acknowledged`] : []),
      ...left,
    ];
    const lines = [
      ...measured.lines,
      `${this.#writer.acknowledged.size} documents acknowledged; ${read.found} read back, ${read.missingCount} missing, ${read.different.length} different, ${read.duplicates} twice`,
    ];
    for (const line of lines) this.#context.log(line);
    return { lines, failures };
  }

  /** Ends the journey, and throws when it broke a limit. */
  async arrive(): Promise<void> {
    const { failures } = await this.end();
    assert.deepEqual(failures, [], 'the journey kept to all limits');
  }

  async #measure(span: Span): Promise<Verdict> {
    const { acknowledgements, failures, lastFailure } = this.#writer;
    const { maxUnavailable = 1, sees = [], place } = this.#options;
    const health = this.#health.samples
      .filter(({ at }) => at < span.end)
      .map(({ at, answer }) => ({ at, status: answer }));
    const mostDrained = Math.max(0, ...this.#drains.samples.map(({ answer }) => answer ?? 0));
    const away = this.#pods.counts;
    const unseenPods = this.#pods.unseen(await elasticsearchUids(this.#site.run, place));
    return judge(
      { span, acknowledgements, failures, lastFailure, health, away, mostDrained, unseenPods },
      { maxUnavailable, sees },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
    await this.#health[Symbol.asyncDispose]();
    await this.#drains[Symbol.asyncDispose]();
    await this.#pods[Symbol.asyncDispose]();
    await this.admin[Symbol.asyncDispose]();
  }
}

/** The first documents of a new cluster make its first data streams, which takes a while, and is no part of a journey. */
async function untilStreamsAreThere(access: ElasticsearchAccess, { signal }: CaseContext): Promise<void> {
  await using admin = connectElasticsearch(access);
  const lines = streamNames.map(
    (stream) => `{"create":{"_index":"${stream}"}}\n{"@timestamp":"${new Date().toISOString()}"}\n`,
  );
  await waitFor(
    'the first documents of all streams',
    async () => {
      const { body } = await admin.ask('POST', '/_bulk?wait_for_active_shards=all', lines.join(''));
      return (body as { errors: boolean }).errors ? seen(JSON.stringify(body).slice(0, 300)) : found(undefined);
    },
    { signal, seconds: 120 },
  );
}
