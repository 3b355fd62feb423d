// One stack's Elasticsearch beside simulated pods: the simulator's, whose nodes start and end with the pods. It judges what is done to it at the moment when it is done.
import { Elasticsearch } from '../../src/simulator/elasticsearch.ts';
import { Records } from '../../src/simulator/records.ts';
import { type Cluster, isDataNode, isMasterEligible } from '../../src/simulator/state.ts';
import { shardTable } from '../../src/simulator/look.ts';
import { compareVersions } from '../../src/simulator/deciders.ts';
import { claimName } from '../../src/simulator/workloads.ts';

/** One life of a pod: its successor has the same name and another uid. */
export interface PodLife {
  readonly name: string;
  readonly uid: string;
}

export interface NodeStart extends PodLife {
  readonly version: string;
  readonly roles: readonly string[];
  readonly firstMasters: readonly string[];
}

/** What must hold from now on. */
interface Rules {
  /** Names of the nodes that are to stay. */
  readonly members: readonly string[];
  /** The version that the others must have before a master ends. */
  readonly version: string;
}

const mebibyte = 1024 ** 2;
/** Of each index that is written to in the beginning. */
const documents = 4000;
const documentBytes = 1024;
const streams = ['logs-app-default', 'logs-web-default'] as const;

export class LivingCluster {
  /** A tick is a look of the operator: time goes on while it is there only. A shard takes some looks to move. */
  readonly elasticsearch = new Elasticsearch({ secondsPerTick: 1, recoveryBytesPerSecond: 3 * mebibyte });
  readonly #records = new Records();
  readonly #faults: string[] = [];
  readonly #running = new Map<string, string>();
  readonly #endedClaims = new Set<string>();
  #rules: Rules | undefined;
  #isWritten = false;

  /** Throws while no master answers. */
  get cluster(): Cluster {
    const { cluster } = this.elasticsearch;
    if (cluster === undefined) throw new Error('no cluster has formed');
    return cluster;
  }

  /** One look's worth of time, in which a client writes. */
  tick(): void {
    const { world } = this.elasticsearch;
    this.elasticsearch.tick();
    if (this.#isWritten) this.elasticsearch.write(streams[0], 1, documentBytes);
    this.#records.checkData(world, 'cluster');
    this.#records.followVolumes(world);
  }

  /** Makes data streams of several indices and an index of a user, and waits until every copy serves. */
  fill(): void {
    for (const stream of streams) {
      this.elasticsearch.write(stream, documents, documentBytes);
      this.elasticsearch.rollOver(stream);
      this.elasticsearch.write(stream, documents, documentBytes);
    }
    this.elasticsearch.createIndex('of-a-user', { replicas: 1 });
    this.elasticsearch.write('of-a-user', documents, documentBytes);
    this.#isWritten = true;
    for (let ticks = 0; ticks < 100; ticks += 1) {
      this.tick();
      if (this.elasticsearch.atRest && this.#unassigned().length === 0) return;
    }
    throw new Error(`copies have no place: ${this.#unassigned().join(', ')}`);
  }

  #unassigned = (): readonly string[] =>
    shardTable(this.cluster)
      .filter(({ state }) => state !== 'STARTED')
      .map(({ index, state }) => `${index} ${state}`);

  judgeBy(rules: Rules): void {
    this.#rules = rules;
  }

  podStarts({ name, uid, version, roles, firstMasters }: NodeStart): void {
    const used = this.elasticsearch.world.volumes.get(claimName(name))?.version;
    if (used !== undefined && compareVersions(version, used) < 0)
      this.#faults.push(`${name} started with ${version} on a volume of ${used}`);
    this.#running.set(name, uid);
    const volume = this.elasticsearch.volume(claimName(name), 50 * 1024 * mebibyte);
    this.elasticsearch.start({ name, roles, version, firstMasters }, volume);
  }

  podEnds({ name, uid }: PodLife): void {
    if (this.#running.get(name) !== uid) return;
    this.#running.delete(name);
    this.#judgeEnd(name);
    const compare = this.#records.beforeStop(this.elasticsearch.world, name, 'operator');
    this.elasticsearch.stop(name);
    compare();
  }

  #judgeEnd(name: string): void {
    const { members, version } = this.#rules ?? { members: [], version: '' };
    const away = members.filter((one) => one !== name && !this.elasticsearch.serves(one));
    if (away.length > 0) this.#faults.push(`${name} was taken away while ${away.join(' and ')} did not serve`);
    const nodes = [...this.elasticsearch.world.nodes.values()];
    const older = nodes.filter((node) => isDataNode(node) && node.version !== version).map((node) => node.name);
    const node = nodes.find((one) => one.name === name);
    if (version !== '' && node !== undefined && isMasterEligible(node) && older.length > 0)
      this.#faults.push(`${name}, a master, was taken away before ${older.join(' and ')} had ${version}`);
    const own = shardTable(this.cluster).filter((copy) => copy.node === name || copy.relocatingTo === name);
    if (!members.includes(name) && own.length > 0)
      this.#faults.push(`${name} left with ${own.length} copies: ${own.map(({ index }) => index).join(', ')}`);
  }

  /** A claim is being deleted, or is gone. What is on its volume is gone with it. */
  claimEnds(claim: PodLife): void {
    if (this.#endedClaims.has(claim.uid)) return;
    this.#endedClaims.add(claim.uid);
    const { world } = this.elasticsearch;
    const owner = [...world.nodes.values()].find(({ volume }) => volume.name === claim.name);
    const members = this.#rules?.members ?? [];
    if (owner !== undefined) this.#faults.push(`the claim ${claim.name} was deleted while ${owner.name} ran`);
    else if (members.some((name) => claimName(name) === claim.name))
      this.#faults.push(`the claim ${claim.name} of a node that stays was deleted`);
    world.volumes.delete(claim.name);
    this.#records.volumeGone(world, claim.name, 'operator');
    this.#records.checkData(world, 'operator');
  }

  /** What must never happen and did. */
  get faults(): readonly string[] {
    const { lastCopyLosses, quorumLosses, dataLosses, neededVolumes } = this.#records;
    return [
      ...this.#faults,
      ...lastCopyLosses.map(({ pod, index }) => `${pod} was taken away with the last copy that served of ${index}`),
      ...quorumLosses.map(({ pod, voters }) => `${pod} was taken away, and ${voters} voters had no majority`),
      ...dataLosses.map(({ index, documents: lost }) => `${lost} documents of ${index} are on no volume any more`),
      ...neededVolumes.map(({ claim, shards }) => `${claim} was deleted while ${shards.join(', ')} had need of it`),
    ];
  }

  /** What stands in Elasticsearch, less what differs by nature: where copies are, and how much was written meanwhile. */
  get summary() {
    const { cluster } = this;
    return {
      nodes: [...cluster.members.values()].map(({ name, version }) => `${name} ${version}`).toSorted(),
      voting: [...cluster.voting.values()].toSorted(),
      votingExclusions: cluster.exclusions.map(({ name }) => name),
      settings: Object.fromEntries(cluster.settings),
      templates: Object.fromEntries(cluster.templates),
      copies: shardTable(cluster)
        .map(({ index, primary, state }) => `${index} ${primary ? 'primary' : 'replica'} ${state}`)
        .toSorted(),
    };
  }
}

export type Summary = LivingCluster['summary'];
