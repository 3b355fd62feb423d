// Plays one agreement case on a real cluster, by the same steps and judged by the same words as on the simulator.
import { randomBytes } from 'node:crypto';
import type { AgreementCase, CaseIndex, CaseStep } from '../../src/simulator/agreement/case.ts';
import type { AtRest } from '../../src/simulator/agreement/compare.ts';
import type { RealCluster } from './cluster.ts';

const mebibyte = 1024 ** 2;
/** So many documents with ids of their own reach every shard of the small indices of the cases. */
const documentsForAllShards = 100;

/** Elasticsearch learns of what these steps do to disks some seconds later, and may then move shards. */
const changesDisks = (given: AgreementCase, step: CaseStep): boolean =>
  given.nodes.some(({ diskMebibytes }) => diskMebibytes !== undefined) &&
  (step.do === 'fill' || step === given.steps.at(-1));

export class CaseRun {
  readonly #cluster: RealCluster;
  readonly #given: AgreementCase;

  constructor(cluster: RealCluster, given: AgreementCase) {
    this.#cluster = cluster;
    this.#given = given;
  }

  /** Plays the case, and returns what stands at rest after its last step. */
  async play(): Promise<AtRest> {
    await this.#prepare();
    for (const step of this.#given.steps) await this.#takeAndRest(step);
    return this.#result();
  }

  async #prepare(): Promise<void> {
    const { settings = {}, indices = [] } = this.#given;
    await this.#settings(settings);
    for (const index of indices) await must(this.#create(index));
    await this.#cluster.rest();
    const filled = indices.filter(({ mebibytesPerShard = 0 }) => mebibytesPerShard > 0);
    for (const index of filled) await this.#fill(index);
    if (filled.length > 0) await this.#cluster.rest();
  }

  async #takeAndRest(step: CaseStep): Promise<void> {
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
    const left = step.do === 'kill';
    const members = known || left ? this.#cluster.size : undefined;
    await this.#cluster.rest({ members, left, disks: changesDisks(this.#given, step) });
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
        return must(this.#create(step.index));
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
        await cluster.ask(
          'POST',
          `/_cluster/voting_config_exclusions?timeout=5s&${
            step.by === 'id'
              ? `node_ids=${step.nodes.map((name) => cluster.idOf(name)).join()}`
              : `node_names=${step.nodes.join()}`
          }`,
        );
        return;
      case 'clearVoting':
        return must(cluster.ask('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false'));
    }
  }

  #settings(persistent: Readonly<Record<string, string | null>>): Promise<void> {
    if (Object.keys(persistent).length === 0) return Promise.resolve();
    return must(this.#cluster.ask('PUT', '/_cluster/settings?master_timeout=5s', { persistent }));
  }

  #indexSettings(index: string, settings: object): Promise<void> {
    return must(this.#cluster.ask('PUT', `/${index}/_settings?master_timeout=5s`, settings));
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
      await must(this.#cluster.ask('POST', `/${name}/_bulk`, Array.from({ length: 16 }, document).join('')));
    }
    if (mebibytesPerShard > 0) await must(this.#cluster.ask('POST', `/${name}/_flush`));
  }

  async #writes(index: string): Promise<boolean> {
    const lines = Array.from({ length: documentsForAllShards }, () => '{"create":{}}\n{"text":"one"}\n').join('');
    const { status, body } = await this.#cluster.ask('POST', `/${index}/_bulk?timeout=2s`, lines);
    return status === 200 && !(body as { errors: boolean }).errors;
  }

  async #result(): Promise<AtRest> {
    const rest = await this.#cluster.look();
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
}

/** Takes back what a case left behind: indices, settings, exclusions, masters that do not run. */
export async function reset(cluster: RealCluster): Promise<void> {
  await cluster.restore();
  const { body } = await cluster.ask('GET', '/_cluster/settings?flat_settings=true');
  const left = Object.keys((body as { persistent: Record<string, string> }).persistent);
  if (left.length > 0) {
    const persistent = Object.fromEntries(left.map((key) => [key, null]));
    await must(cluster.ask('PUT', '/_cluster/settings', { persistent }));
  }
  await must(cluster.ask('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false'));
  const indices = (await cluster.ask('GET', '/_cat/indices?format=json&h=index&expand_wildcards=all')).body;
  const names = (indices as readonly { index: string }[]).map(({ index }) => index);
  if (names.length > 0) await must(cluster.ask('DELETE', `/${names.join(',')}`));
}

async function must(asked: ReturnType<RealCluster['ask']>): Promise<void> {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(`answered ${status}: ${JSON.stringify(body).slice(0, 500)}`);
}

const routing = (filters: Readonly<Record<string, string | null>>): Record<string, string | null> =>
  Object.fromEntries(Object.entries(filters).map(([key, value]) => [`index.routing.allocation.${key}`, value]));
