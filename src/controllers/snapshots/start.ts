// Whether a snapshot that is due may begin now: by a look at the stack's Elasticsearch and at its pods.
import { mayStart, type StartVerdict, wantedNodes, withoutGoing } from '../../core/snapshots/start-time.ts';
import { lookAtCluster } from '../elasticsearch/observe.ts';
import type { StackAtHand } from './framework.ts';

export async function startVerdict(
  { look, connection }: StackAtHand,
  waitingSince: Date,
  signal: AbortSignal,
): Promise<StartVerdict> {
  const { identity } = look.stack;
  const cluster = await lookAtCluster(look, connection, signal);
  // After the look at the cluster: what a watch has told by then is in the cache.
  const pods = look.runtime.watches.ofStack('Pod', identity.namespace, identity.name);
  return mayStart(withoutGoing(cluster, pods), wantedNodes(look.stack), waitingSince, look.now);
}
