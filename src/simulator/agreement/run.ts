// Runs an agreement case on the simulator.
import { putSettings } from '../settings.ts';
import { Elasticsearch } from '../elasticsearch.ts';
import type { Cluster } from '../state.ts';
import { setReplicas } from '../indices.ts';
import type { AgreementCase, CaseIndex, CaseNode, CaseStep } from './case.ts';
import type { AtRest } from './compare.ts';

const mebibyte = 1024 ** 2;

/** A disk for nodes whose case gives none. */
const plentyMebibytes = 1024 ** 2;

/** So many ticks without a change are rest. Undelayed copies, elections and shard moves need one or two. */
const quietTicks = 12;

class CaseRun {
  readonly elasticsearch = new Elasticsearch();
  readonly #nodes = new Map<string, CaseNode>();
  readonly #firstMasters: readonly string[];

  constructor(given: AgreementCase) {
    this.#firstMasters = given.nodes.filter((node) => node.roles.includes('master')).map((node) => node.name);
    this.#add(given.nodes, this.#firstMasters);
    this.rest();
    putSettings(this.cluster, given.settings ?? {});
    for (const index of given.indices ?? []) this.#create(index);
    this.rest();
  }

  get cluster(): Cluster {
    const { cluster } = this.elasticsearch;
    if (cluster === undefined) throw new Error('No cluster has formed.');
    return cluster;
  }

  /** Lets time pass until nothing changes any more. */
  rest(): void {
    let [before, quiet] = ['', 0];
    for (let tick = 0; quiet < quietTicks; tick += 1) {
      if (tick > 500) throw new Error('The cluster does not come to rest.');
      this.elasticsearch.tick();
      const now = JSON.stringify(this.elasticsearch.look(true));
      quiet = now === before ? quiet + 1 : 0;
      before = now;
    }
  }

  #add(nodes: readonly CaseNode[], firstMasters: readonly string[]): void {
    for (const node of nodes) {
      this.#nodes.set(node.name, node);
      this.#start(node.name, firstMasters);
    }
  }

  #start(name: string, firstMasters: readonly string[] = []): void {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`The case has no node ${name}.`);
    const { roles, version = '9.4.3', attributes = {}, diskMebibytes = plentyMebibytes } = node;
    const volume = this.elasticsearch.volume(name, diskMebibytes * mebibyte);
    this.elasticsearch.start({ name, roles, version, attributes, firstMasters }, volume);
  }

  #create({ name, shards = 1, replicas, autoExpand, tierPreference, filters, mebibytesPerShard = 0 }: CaseIndex): void {
    const [min, max] = autoExpand?.split('-') ?? [];
    this.elasticsearch.createIndex(name, {
      shards,
      replicas,
      delayedSeconds: 0,
      ...(autoExpand === undefined
        ? {}
        : { autoExpand: { min: Number(min), max: max === 'all' ? Number.POSITIVE_INFINITY : Number(max) } }),
      ...(tierPreference === undefined ? {} : { tierPreference }),
      ...(filters === undefined ? {} : { filters }),
    });
    if (mebibytesPerShard > 0) this.elasticsearch.write(name, shards * mebibytesPerShard, mebibyte);
  }

  take(step: CaseStep): void {
    const refused = 'refused' in step && step.refused;
    try {
      this.#take(step);
    } catch (error) {
      if (refused) return;
      throw error;
    }
    if (refused) throw new Error(`The step ${JSON.stringify(step)} was not refused.`);
    this.rest();
  }

  #take(step: CaseStep): void {
    const { elasticsearch } = this;
    switch (step.do) {
      case 'exclude':
        elasticsearch.take({ kind: 'setExclusions', names: step.nodes, marked: [] });
        return;
      case 'set':
        putSettings(this.cluster, withoutNulls(step.settings));
        return;
      case 'kill':
        for (const name of step.nodes) elasticsearch.stop(name);
        return;
      case 'start':
        for (const name of step.nodes) this.#start(name);
        return;
      case 'add':
        this.#add(step.nodes, []);
        return;
      case 'create':
        this.#create(step.index);
        return;
      case 'replicas':
        setReplicas(this.cluster, this.#index(step.index), step.replicas);
        return;
      case 'tiers':
        this.#index(step.index).tierPreference = step.tierPreference;
        return;
      case 'filter':
        for (const [key, value] of Object.entries(step.filters))
          if (value === null) this.#index(step.index).filters.delete(key);
          else this.#index(step.index).filters.set(key, value);
        return;
      case 'write':
        if (!this.#writes(step.index)) throw new Error(`Index ${step.index} takes no document.`);
        return;
      case 'fill':
        elasticsearch.volume(step.node, 0).foreignBytes = step.mebibytes * mebibyte;
        return;
      case 'excludeVoting':
        elasticsearch.take(
          step.by === 'id'
            ? { kind: 'addVotingExclusions', nodes: step.nodes.map((name) => this.#idOf(name)), by: 'id' }
            : { kind: 'addVotingExclusions', nodes: step.nodes },
        );
        return;
      case 'clearVoting':
        elasticsearch.take({ kind: 'clearVotingExclusions' });
    }
  }

  #idOf(name: string): string {
    const { nodeId } = this.elasticsearch.volume(name, 0);
    if (nodeId === undefined) throw new Error(`${name} never ran.`);
    return nodeId;
  }

  #index(name: string) {
    const index = this.cluster.indices.get(name);
    if (index === undefined) throw new Error(`There is no index ${name}.`);
    return index;
  }

  /** One document for each shard. */
  #writes(name: string): boolean {
    const { shards } = this.#index(name);
    return this.elasticsearch.write(name, shards.length) === shards.length;
  }

  result(): AtRest {
    const look = this.elasticsearch.look(true);
    const indices = look.answered ? (look.detail?.indices ?? []) : [];
    return {
      health: look.answered ? look.health.status : 'none',
      members: look.answered ? look.nodes.map((node) => node.name) : [],
      master: look.answered ? this.cluster.master : undefined,
      voters: look.answered ? look.voting.configuration : [],
      copies: (look.answered ? (look.detail?.shards ?? []) : []).map(({ index, shard, node }) => ({
        index,
        shard,
        node,
      })),
      replicas: Object.fromEntries(indices.map((index) => [index.name, index.replicas])),
      writable: Object.fromEntries(indices.map((index) => [index.name, this.#writes(index.name)])),
    };
  }
}

const withoutNulls = (settings: Readonly<Record<string, string | null>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, value ?? undefined]));

/** Plays a case to its end. Throws when it does not come to rest, or a step is impossible. */
export function runOnSimulator(given: AgreementCase): AtRest {
  const run = new CaseRun(given);
  for (const step of given.steps) run.take(step);
  return run.result();
}
