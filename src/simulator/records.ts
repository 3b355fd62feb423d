// What a run is judged by: who took the quorum away, who took the last copy, how many nodes were down by our doing, whether data was lost.
import { answeringMaster, isElectable } from './cluster.ts';
import type { Cause } from './kubernetes.ts';
import { allShards, type Cluster, type Copy, isActive, type Shard, shardKey, type World } from './state.ts';

/** A restart of a node that served. */
export interface Restart {
  readonly tick: number;
  readonly pod: string;
  readonly cause: Cause;
  /** Pods that did not serve at that moment. */
  readonly others: readonly string[];
  /** Those of the others that were down because the operator had stopped them. */
  readonly othersByOperator: readonly string[];
}

export interface QuorumLoss {
  readonly tick: number;
  readonly pod: string;
  readonly cause: Cause;
  /** Voters of the configuration that lost its majority: one is a single master's own restart. */
  readonly voters: number;
}

export interface CopyLoss {
  readonly tick: number;
  readonly pod: string;
  readonly cause: Cause;
  readonly index: string;
  readonly shard: number;
  /** Copies besides the primary that the index asks for. */
  readonly replicas: number;
}

export interface DataLoss {
  readonly tick: number;
  readonly cause: Cause;
  readonly index: string;
  readonly shard: number;
  readonly documents: number;
}

/** A volume that was deleted while a shard lacked the copy that it had held. */
export interface NeededVolume {
  readonly tick: number;
  readonly cause: Cause;
  readonly claim: string;
  readonly shards: readonly string[];
}

export class Records {
  readonly restarts: Restart[] = [];
  /** Nodes that were taken away for good while they served. */
  readonly removals: Restart[] = [];
  readonly quorumLosses: QuorumLoss[] = [];
  readonly lastCopyLosses: CopyLoss[] = [];
  readonly dataLosses: DataLoss[] = [];
  /** At each tick: pods that should serve and do not, and those of them that the operator stopped. */
  readonly unavailable: { readonly tick: number; readonly pods: number; readonly byOperator: number }[] = [];
  readonly neededVolumes: NeededVolume[] = [];
  readonly #reported = new Map<string, number>();
  /** By volume: shards of which it has a valid copy; or, without a node, had one and that have not been whole since. */
  readonly #needed = new Map<string, ReadonlySet<string>>();

  /** Called before a node's process ends. */
  beforeStop(world: World, pod: string, cause: Cause): () => void {
    const clusters = [...world.clusters.values()];
    const had = clusters.filter((cluster) => isElectable(world, cluster));
    for (const cluster of clusters) this.#noteLastCopies(world, cluster, pod, cause);
    return () => {
      for (const cluster of had)
        if (!isElectable(world, cluster))
          this.quorumLosses.push({ tick: world.tick, pod, cause, voters: cluster.voting.size });
    };
  }

  #noteLastCopies(world: World, cluster: Cluster, pod: string, cause: Cause): void {
    if (answeringMaster(world, cluster) === undefined) return;
    for (const shard of allShards(cluster)) {
      const serving = servingNodes(world, shard);
      if (serving.length === 1 && serving[0] === pod)
        this.lastCopyLosses.push({
          tick: world.tick,
          pod,
          cause,
          index: shard.index,
          shard: shard.number,
          replicas: shard.copies.length - 1,
        });
    }
  }

  /** Called at each tick: notes which volumes have copies that are not elsewhere as often as they should be. */
  followVolumes(world: World): void {
    for (const cluster of world.clusters.values()) {
      if (answeringMaster(world, cluster) === undefined) continue;
      const broken = new Set(
        allShards(cluster)
          .filter((shard) => !isWhole(shard))
          .map(shardKey),
      );
      const nodes = new Map([...cluster.members.values()].map((node) => [node.volume.name, node.name]));
      for (const { name } of world.volumes.values()) {
        const node = nodes.get(name);
        const before = this.#needed.get(name) ?? new Set();
        this.#needed.set(name, node === undefined ? before.intersection(broken) : keysOn(cluster, node));
      }
    }
  }

  /** Called when a claim was deleted with its volume. */
  volumeGone(world: World, claim: string, cause: Cause): void {
    const shards = [...(this.#needed.get(claim) ?? [])];
    this.#needed.delete(claim);
    if (shards.length > 0) this.neededVolumes.push({ tick: world.tick, cause, claim, shards });
  }

  /** Compares what clients were told is safe with what is on any volume. Each loss is noted once. */
  checkData(world: World, cause: Cause): void {
    for (const cluster of world.clusters.values())
      for (const shard of allShards(cluster)) {
        const missing = lostDocuments(world, cluster, shard);
        const key = `${cluster.uuid}/${shardKey(shard)}`;
        if (missing <= (this.#reported.get(key) ?? 0)) continue;
        this.#reported.set(key, missing);
        const { index, number } = shard;
        this.dataLosses.push({ tick: world.tick, cause, index, shard: number, documents: missing });
      }
  }
}

const isValid = (shard: Shard, copy: Copy): boolean => isActive(copy) && shard.inSync.has(copy.allocationId ?? '');

/** As many copies as the index is to have serve. */
const isWhole = (shard: Shard): boolean => shard.copies.every((copy) => isValid(shard, copy));

const keysOn = (cluster: Cluster, node: string): ReadonlySet<string> =>
  new Set(
    allShards(cluster)
      .filter((shard) => shard.copies.some((copy) => copy.node === node && isValid(shard, copy)))
      .map(shardKey),
  );

const servingNodes = (world: World, shard: Shard): readonly string[] =>
  shard.copies
    .filter((copy) => isValid(shard, copy))
    .map((copy) => copy.node ?? '')
    .filter((name) => world.nodes.get(name)?.frozenAt === undefined && world.nodes.has(name));

/** Acknowledged documents of a shard that are in no copy on any volume, whether a node runs on it or not. */
function lostDocuments(world: World, cluster: Cluster, shard: Shard): number {
  const most = [...world.volumes.values()]
    .filter((volume) => volume.clusterUuid === cluster.uuid)
    .reduce((found, volume) => Math.max(found, volume.copies.get(shardKey(shard))?.documents ?? 0), 0);
  return Math.max(0, shard.acknowledged - most);
}
