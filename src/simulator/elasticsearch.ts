// The simulated Elasticsearch without Kubernetes: nodes start and stop on volumes, requests come, time goes on.
import type { ElasticsearchAction } from '../core/elasticsearch/actions.ts';
import type { ClusterLook, ShardCopy } from '../core/elasticsearch/observed.ts';
import { allocate, startNewPrimaries } from './allocation.ts';
import {
  addVotingExclusions,
  answeringMaster,
  bootstrap,
  clearVotingExclusions,
  serves,
  updateMembership,
} from './cluster.ts';
import { updateFloodBlocks } from './disks.ts';
import { autoExpand, createIndex, type IndexOptions, rollOver, setReplicas, write } from './indices.ts';
import { detailOf, lookAt, shardTable } from './look.ts';
import { cleanStores, progress } from './recovery.ts';
import { putSettings } from './settings.ts';
import { progressSnapshots } from './snapshots.ts';
import {
  allShards,
  type Cluster,
  type ElasticsearchNode,
  type Index,
  newId,
  type Volume,
  type World,
} from './state.ts';

export interface NodeOptions {
  readonly name: string;
  readonly roles: readonly string[];
  readonly version?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly firstMasters?: readonly string[];
}

export interface Speed {
  readonly secondsPerTick?: number;
  readonly recoveryBytesPerSecond?: number;
}

/** `done` as asked; `failed` was refused or timed out; `unreachable` reached no master. */
export type Outcome = 'done' | 'failed' | 'unreachable';

/** `indices.recovery.max_bytes_per_sec`, as Elasticsearch has it by default. */
const defaultRecoverySpeed = 40 * 1024 ** 2;

export class Elasticsearch {
  world: World;
  /** The template that the operator wrote last: the one that it looks for. */
  templateName: string | undefined;

  constructor({ secondsPerTick = 5, recoveryBytesPerSecond = defaultRecoverySpeed }: Speed = {}) {
    this.world = {
      tick: 0,
      secondsPerTick,
      recoveryBytesPerSecond,
      volumes: new Map(),
      nodes: new Map(),
      clusters: new Map(),
      serial: 0,
    };
  }

  /** The same state at the same moment, going its own way from here. */
  fork(): Elasticsearch {
    const copy = new Elasticsearch();
    copy.world = structuredClone(this.world);
    copy.templateName = this.templateName;
    return copy;
  }

  /** The cluster that has a master, else the first one that ever formed. */
  get cluster(): Cluster | undefined {
    const all = [...this.world.clusters.values()];
    return all.find((one) => answeringMaster(this.world, one) !== undefined) ?? all[0];
  }

  /** The volume of that name, made on first use. */
  volume(name: string, totalBytes: number): Volume {
    const found = this.world.volumes.get(name);
    if (found !== undefined) return found;
    const made: Volume = {
      name,
      totalBytes,
      foreignBytes: 0,
      nodeId: undefined,
      clusterUuid: undefined,
      copies: new Map(),
    };
    this.world.volumes.set(name, made);
    return made;
  }

  start(options: NodeOptions, volume: Volume): ElasticsearchNode {
    volume.nodeId ??= newId(this.world, 'node-');
    const { name, roles, version = '9.4.3', attributes = {}, firstMasters = [] } = options;
    const node: ElasticsearchNode = {
      name,
      id: volume.nodeId,
      version,
      roles,
      attributes,
      firstMasters,
      volume,
      frozenAt: undefined,
    };
    volume.version = version;
    this.world.nodes.set(name, node);
    return node;
  }

  stop(name: string): void {
    this.world.nodes.delete(name);
  }

  /** As SIGSTOP and SIGCONT do. */
  freeze(name: string, frozen = true): void {
    const node = this.world.nodes.get(name);
    if (node !== undefined) node.frozenAt = frozen ? this.world.tick : undefined;
  }

  serves = (name: string): boolean => serves(this.world, name);

  /** The cluster, when a request to it would be answered. */
  #answering(): Cluster | undefined {
    const { cluster } = this;
    return cluster === undefined || answeringMaster(this.world, cluster) === undefined ? undefined : cluster;
  }

  take(action: ElasticsearchAction): Outcome {
    const cluster = this.#answering();
    if (cluster === undefined) return 'unreachable';
    switch (action.kind) {
      case 'putIndexTemplate':
        cluster.templates.set(action.name, structuredClone(action.body));
        this.templateName = action.name;
        return 'done';
      case 'updateStreams':
        // Nothing is deleted by its age here.
        return 'done';
      case 'setExclusions':
        putSettings(cluster, {
          'cluster.routing.allocation.exclude._name': action.names.join(','),
          'cluster.metadata.loggingstack.drains': action.marked.join(','),
        });
        return 'done';
      case 'setAllocationEnable': {
        const { enable, restart } = action;
        putSettings(cluster, {
          ...(enable === undefined ? {} : { 'cluster.routing.allocation.enable': enable.value }),
          'cluster.metadata.loggingstack.restart': restart,
        });
        return 'done';
      }
      case 'addVotingExclusions':
        return addVotingExclusions(this.world, cluster, action.nodes, action.by) ? 'done' : 'failed';
      case 'clearVotingExclusions':
        clearVotingExclusions(cluster);
        return 'done';
      case 'setReplicas':
        for (const name of action.indices) {
          const index = cluster.indices.get(name);
          if (index !== undefined) setReplicas(cluster, index, action.replicas);
        }
        return 'done';
      case 'setTierPreference':
        for (const name of action.indices) {
          const index = cluster.indices.get(name);
          if (index !== undefined) index.tierPreference = action.tiers;
        }
        return 'done';
    }
  }

  /** Makes an index. Throws when there is no master, or no room for its shards. */
  createIndex(name: string, options: IndexOptions = {}): Index {
    return this.#made((cluster) => createIndex(cluster, name, options));
  }

  /** Makes the next backing index of a data stream. Throws like `createIndex`. */
  rollOver(stream: string, options: IndexOptions = {}): Index {
    return this.#made((cluster) => rollOver(cluster, stream, options));
  }

  #made(make: (cluster: Cluster) => Index): Index {
    const cluster = this.#answering();
    if (cluster === undefined) throw new Error('No master answers.');
    const index = make(cluster);
    startNewPrimaries(this.world, cluster, index);
    return index;
  }

  /** Writes to an index, or to the newest backing index of a data stream, which is made when there is none. Returns what was acknowledged. */
  write(target: string, documents: number, bytesEach = 1024): number {
    const cluster = this.#answering();
    if (cluster === undefined) return 0;
    const newest = [...cluster.indices.values()].findLast((index) => index.dataStream === target);
    const index = cluster.indices.get(target) ?? newest ?? this.rollOver(target);
    return write(this.world, cluster, index, documents, bytesEach);
  }

  tick(): void {
    const { world } = this;
    world.tick += 1;
    for (const cluster of world.clusters.values()) {
      if (answeringMaster(world, cluster) === undefined) continue;
      progress(world, cluster);
      progressSnapshots(world, cluster);
    }
    for (const cluster of world.clusters.values()) updateMembership(world, cluster);
    const formed = bootstrap(world);
    if (formed !== undefined) updateMembership(world, formed);
    for (const cluster of world.clusters.values()) {
      if (answeringMaster(world, cluster) === undefined) continue;
      autoExpand(cluster);
      updateFloodBlocks(cluster);
      allocate(world, cluster);
      cleanStores(world, cluster);
    }
  }

  look(detail: boolean): ClusterLook {
    const cluster = this.#answering();
    if (cluster === undefined) return { answered: false, code: 'EsUnreachable', message: 'No connection.' };
    const look = lookAt(cluster, this.templateName);
    return detail ? { ...look, detail: detailOf(this.world, cluster) } : look;
  }

  /** Where all copies are; undefined while nobody answers. */
  routingTable(): readonly ShardCopy[] | undefined {
    const cluster = this.#answering();
    return cluster === undefined ? undefined : shardTable(cluster);
  }

  /** Whether nothing moves, and nothing is waited for that time alone brings. */
  get atRest(): boolean {
    const { nodes, clusters, tick } = this.world;
    if ([...nodes.values()].some((node) => node.frozenAt !== undefined)) return false;
    return [...clusters.values()].every(
      (cluster) =>
        cluster.snapshots.size === 0 &&
        allShards(cluster).every((shard) =>
          shard.copies.every(
            (copy) => copy.state === 'STARTED' || (copy.state === 'UNASSIGNED' && copy.delayedUntil <= tick),
          ),
        ),
    );
  }
}
