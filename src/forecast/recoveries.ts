// How long the recoveries that are under way on the simulator still take: the time in which nothing else happens.
import type { Elasticsearch } from '../simulator/elasticsearch.ts';
import { allShards } from '../simulator/state.ts';

/**
 * Seconds until the first of them ends; undefined when there are none. Those into one node share what it can take in,
 * as in the simulator. A copy that waits for a node that left is looked at again in a usual tick.
 */
export function shortestRecovery({ cluster, world }: Elasticsearch): number | undefined {
  if (cluster === undefined) return undefined;
  const copies = allShards(cluster).flatMap((shard) => shard.copies);
  const running = copies.flatMap((copy) => {
    const recovering = copy.target ?? (copy.state === 'INITIALIZING' ? copy : undefined);
    const node = copy.target?.node ?? copy.node;
    return recovering === undefined || node === undefined ? [] : [{ node, bytes: recovering.remainingBytes }];
  });
  if (running.length === 0) return undefined;
  if (copies.some((copy) => copy.delayedUntil > world.tick)) return 0;
  const speed = (node: string): number =>
    world.recoveryBytesPerSecond / running.filter((one) => one.node === node).length;
  return Math.min(...running.map(({ node, bytes }) => Math.ceil(bytes / speed(node))));
}
