// Plays agreement cases on a real Elasticsearch, by the same steps and judged by the same words as on the simulator.
import { randomBytes } from 'node:crypto';
import type { AgreementCase, CaseIndex, CaseStep } from '../../src/simulator/agreement/case.ts';
import { type AtRest, disagreements } from '../../src/simulator/agreement/compare.ts';
import { RealCluster } from './cluster.ts';
import type { Machine } from './machine.ts';

const mebibyte = 1024 ** 2;
/** So many documents with ids of their own reach every shard of the small indices of the cases. */
const documentsForAllShards = 100;

const usesDisks = ({ nodes }: AgreementCase): boolean => nodes.some(({ diskMebibytes }) => diskMebibytes !== undefined);

/** Steps after which the cluster is not the one any more that it began as. */
const isLasting = (step: CaseStep): boolean => ['kill', 'start', 'add', 'fill'].includes(step.do);

class CaseRun {
  readonly #cluster: RealCluster;

  constructor(cluster: RealCluster) {
    this.#cluster = cluster;
  }

  async prepare({ settings = {}, indices = [] }: AgreementCase): Promise<void> {
    await this.#settings(settings);
    for (const index of indices) await this.#must(this.#create(index));
    await this.#cluster.rest();
    for (const index of indices) await this.#fill(index);
    await this.#cluster.rest();
  }

  async take(step: CaseStep): Promise<void> {
    const refused = 'refused' in step && step.refused;
    const taken = await this.#take(step).then(
      () => true,
      (error: unknown) => {
        if (refused) return false;
        throw error;
      },
    );
    if (refused && taken) throw new Error(`The step ${JSON.stringify(step)} was not refused.`);
    const joined = step.do === 'start' || step.do === 'add';
    const known = joined && (await this.#cluster.look()).health !== 'none';
    await this.#cluster.rest(known ? this.#cluster.size : undefined);
  }

  async #take(step: CaseStep): Promise<void> {
    const cluster = this.#cluster;
    switch (step.do) {
      case 'exclude':
        return this.#settings({
          'cluster.routing.allocation.exclude._name': step.nodes.length === 0 ? null : step.nodes.join(','),
        });
      case 'set':
        return this.#settings(step.settings);
      case 'kill':
        return cluster.kill(step.nodes);
      case 'start':
        return cluster.start(step.nodes);
      case 'add':
        return cluster.add(step.nodes, []);
      case 'create':
        return this.#must(this.#create(step.index));
      case 'replicas':
        return this.#indexSettings(step.index, { 'index.number_of_replicas': step.replicas });
      case 'tiers':
        return this.#indexSettings(step.index, {
          'index.routing.allocation.include._tier_preference': step.tierPreference.join(','),
        });
      case 'filter':
        return this.#indexSettings(step.index, routing(step.filters));
      case 'write':
        if (!(await this.#writes(step.index))) throw new Error(`Index ${step.index} takes no document.`);
        return;
      case 'fill':
        return cluster.fillDisk(step.node, step.mebibytes);
      case 'excludeVoting':
        // It waits until they have no vote; whether they get rid of it, the case itself looks at.
        await cluster.ask('POST', `/_cluster/voting_config_exclusions?timeout=5s&node_names=${step.nodes.join(',')}`);
        return;
      case 'clearVoting':
        return this.#must(cluster.ask('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false'));
    }
  }

  async #must(asked: ReturnType<RealCluster['ask']>): Promise<void> {
    const { status, body } = await asked;
    if (status >= 300) throw new Error(`answered ${status}: ${JSON.stringify(body).slice(0, 500)}`);
  }

  #settings(persistent: Readonly<Record<string, string | null>>): Promise<void> {
    if (Object.keys(persistent).length === 0) return Promise.resolve();
    return this.#must(this.#cluster.ask('PUT', '/_cluster/settings?master_timeout=5s', { persistent }));
  }

  #indexSettings(index: string, settings: object): Promise<void> {
    return this.#must(this.#cluster.ask('PUT', `/${index}/_settings?master_timeout=5s`, settings));
  }

  #create({ name, shards = 1, replicas, autoExpand, tierPreference, filters = {} }: CaseIndex) {
    const settings = {
      'index.number_of_shards': shards,
      'index.number_of_replicas': replicas,
      'index.unassigned.node_left.delayed_timeout': '0',
      ...(autoExpand === undefined ? {} : { 'index.auto_expand_replicas': autoExpand }),
      ...(tierPreference === undefined
        ? {}
        : { 'index.routing.allocation.include._tier_preference': tierPreference.join(',') }),
      ...routing(filters),
    };
    return this.#cluster.ask('PUT', `/${name}?wait_for_active_shards=0&master_timeout=5s`, { settings });
  }

  /** Random data, as much for each shard as the case says, give or take what chance gives to a shard. */
  async #fill({ name, shards = 1, mebibytesPerShard = 0 }: CaseIndex): Promise<void> {
    const bytesEach = 64 * 1024;
    for (let left = shards * mebibytesPerShard * mebibyte; left > 0; left -= 16 * bytesEach) {
      const document = () => `{"create":{}}\n{"data":"${randomBytes((bytesEach * 3) / 4).toString('base64')}"}\n`;
      await this.#must(this.#cluster.ask('POST', `/${name}/_bulk`, Array.from({ length: 16 }, document).join('')));
    }
    if (mebibytesPerShard > 0) await this.#must(this.#cluster.ask('POST', `/${name}/_flush`));
  }

  async #writes(index: string): Promise<boolean> {
    const lines = Array.from({ length: documentsForAllShards }, () => '{"create":{}}\n{"text":"one"}\n').join('');
    const { status, body } = await this.#cluster.ask('POST', `/${index}/_bulk?timeout=2s`, lines);
    return status === 200 && !(body as { errors: boolean }).errors;
  }

  async result(): Promise<AtRest> {
    const rest = await this.#cluster.rest();
    if (rest.health === 'none') return { ...rest, replicas: {}, writable: {} };
    const { body } = await this.#cluster.ask('GET', '/_all/_settings?flat_settings=true');
    const found = body as Record<string, { settings: Record<string, string> }>;
    const writable: Record<string, boolean> = {};
    for (const name of Object.keys(found)) writable[name] = await this.#writes(name);
    return {
      ...rest,
      replicas: Object.fromEntries(
        Object.entries(found).map(([name, { settings }]) => [name, Number(settings['index.number_of_replicas'])]),
      ),
      writable,
    };
  }

  /** Back to a cluster without indices and settings, for the next case with the same nodes. */
  async reset(): Promise<void> {
    const { body } = await this.#cluster.ask('GET', '/_cluster/settings?flat_settings=true');
    const { persistent } = body as { persistent: Record<string, string> };
    await this.#settings(Object.fromEntries(Object.keys(persistent).map((key) => [key, null])));
    await this.#must(this.#cluster.ask('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false'));
    const indices = (await this.#cluster.ask('GET', '/_cat/indices?format=json&h=index&expand_wildcards=all')).body;
    const names = (indices as readonly { index: string }[]).map(({ index }) => index);
    if (names.length > 0) await this.#must(this.#cluster.ask('DELETE', `/${names.join(',')}`));
    await this.#cluster.rest();
  }
}

const routing = (filters: Readonly<Record<string, string | null>>): Record<string, string | null> =>
  Object.fromEntries(Object.entries(filters).map(([key, value]) => [`index.routing.allocation.${key}`, value]));

/** What a case found, in lines; empty when the real Elasticsearch did what the case expects. */
export interface Outcome {
  readonly name: string;
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** Plays all cases; those with the same nodes share a cluster as long as nothing lasting happens to it. */
export async function* playCases(
  machine: Machine,
  cases: readonly AgreementCase[],
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  const groups = Map.groupBy(cases, ({ nodes }) => JSON.stringify(nodes));
  let network = 0;
  for (const group of groups.values()) {
    // Those that change nothing for good come first.
    const ordered = group.toSorted(
      (first, second) => Number(first.steps.some(isLasting)) - Number(second.steps.some(isLasting)),
    );
    let cluster: RealCluster | undefined;
    for (const one of ordered) {
      signal.throwIfAborted();
      const began = performance.now();
      let lines: readonly string[];
      try {
        if (cluster === undefined) {
          network = (network % 250) + 1;
          cluster = new RealCluster(machine, network, usesDisks(one));
          await cluster.add(
            one.nodes,
            one.nodes.filter(({ roles }) => roles.includes('master')).map(({ name }) => name),
          );
          await cluster.rest(one.nodes.length);
        }
        const run = new CaseRun(cluster);
        await run.prepare(one);
        for (const step of one.steps) await run.take(step);
        lines = disagreements(one.expected, await run.result());
        if (lines.length === 0 && !one.steps.some(isLasting)) await run.reset();
        else {
          await cluster.remove();
          cluster = undefined;
        }
      } catch (error) {
        lines = [error instanceof Error ? error.message : String(error)];
        await cluster?.remove();
        cluster = undefined;
      }
      yield { name: one.name, lines, seconds: (performance.now() - began) / 1000 };
    }
    await cluster?.remove();
  }
}
