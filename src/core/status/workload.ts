// Reads from a live workload (Deployment, StatefulSet, DaemonSet) how far its roll-out is.
import type { KubeObject } from '../kubernetes.ts';
import type { Refusal } from '../refusal.ts';
import type { Finding } from './conditions.ts';

export interface WorkloadProgress {
  readonly desired: number;
  /** Pods of the newest template that are ready. */
  readonly ready: number;
  /** Whether every wanted pod runs the newest template and is ready, and no other is left. */
  readonly complete: boolean;
}

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly numberReady?: number;
  readonly updatedNumberScheduled?: number;
  readonly updateRevision?: string;
  readonly currentRevision?: string;
}

/** Progress of a live workload; of none at all when it does not exist yet. */
export function workloadProgress(live: KubeObject | undefined, wanted: number): WorkloadProgress {
  if (live === undefined) return { desired: wanted, ready: 0, complete: false };
  const status = (live['status'] ?? {}) as WorkloadStatus;
  const seen = status.observedGeneration === live.metadata.generation;
  if (live.kind === 'DaemonSet') {
    const desired = status.desiredNumberScheduled ?? 0;
    const ready = status.numberReady ?? 0;
    return { desired, ready, complete: seen && ready >= desired && (status.updatedNumberScheduled ?? 0) >= desired };
  }
  const ready = status.readyReplicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const complete = seen && ready === wanted && updated === wanted && (status.replicas ?? 0) === wanted;
  return { desired: wanted, ready, complete };
}

/** Refusals that keep a component from being there at all; others only hold back an edit of one that works. */
const preventing = new Set(['ForeignObject', 'FilebeatNotAdmitted']);

/**
 * The condition of a component that is one workload. What does not mend itself comes first, then what it waits for, then
 * how far its pods are. One that keeps to an old version until its turn comes is not ready: who waits for the stack waits
 * for the version that the spec asks for.
 * @param turn what it waits for before it takes that version
 */
export function workloadFinding(
  type: string,
  progress: WorkloadProgress,
  plan: {
    readonly refusals: readonly Refusal[];
    readonly missingSecrets: readonly string[];
    readonly awaited?: string | undefined;
  },
  turn?: string,
): Finding {
  const refused = plan.refusals.find(({ rule }) => preventing.has(rule));
  if (refused !== undefined) return { type, status: 'False', reason: refused.rule, message: refused.message };
  if (plan.awaited !== undefined) return { type, status: 'False', reason: 'WaitingForRestore', message: plan.awaited };
  if (plan.missingSecrets.length > 0) {
    const message = `Waiting for Secret ${plan.missingSecrets.join(', ')}.`;
    return { type, status: 'False', reason: 'WaitingForSecrets', message };
  }
  const message = `${progress.ready} of ${progress.desired} pods are ready.`;
  if (turn !== undefined) return { type, status: 'False', reason: 'WaitingForTurn', message: `${message} ${turn}` };
  return progress.complete
    ? { type, status: 'True', reason: 'RolledOut', message }
    : { type, status: 'False', reason: 'RollingOut', message };
}
