// Whether a stack's Elasticsearch can take in what is restored: shards that no node may take at that moment are given up for good.
import { newest, oldest } from '../elasticsearch/versions.ts';
import { someOf } from '../elasticsearch/figures.ts';
import { isDataRole } from '../elasticsearch/leaving.ts';
import type { AnsweredLook, ClusterLook } from '../elasticsearch/observed.ts';
import { preparedRestart } from '../elasticsearch/protection.ts';
import { names } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import { type Hindrance, waits } from './hindrance.ts';

/** What a restore waits for; undefined when it may begin. */
export function unready(stack: ResolvedStack, cluster: ClusterLook): Hindrance | undefined {
  if (!cluster.answered) return waits(cluster.code, cluster.message);
  return missingNodes(stack, cluster) ?? missingTemplate(cluster) ?? changing(cluster) ?? troubled(cluster);
}

/** All data nodes that the spec asks for, not only those that are there: else the first to join would get everything. */
function missingNodes({ identity, elasticsearch }: ResolvedStack, { nodes }: AnsweredLook): Hindrance | undefined {
  const members = new Set(nodes.map(({ name }) => name));
  const missing = elasticsearch.pools
    .filter(({ roles }) => roles.some(isDataRole))
    .flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_none, ordinal) => `${names.pool(identity.name, name)}-${ordinal}`),
    )
    .filter((name) => !members.has(name));
  if (missing.length === 0) return undefined;
  return waits(
    'WaitingForNodes',
    `Waiting for data nodes to join: ${someOf(missing)}. Elasticsearch gives up for good what finds no room when the restore begins.`,
  );
}

/** Without it, data streams that come back would get other settings at their next rollover. */
const missingTemplate = ({ indexTemplate }: AnsweredLook): Hindrance | undefined =>
  indexTemplate === undefined
    ? waits('WaitingForTemplate', "Waiting for the stack's index template, which the operator writes first.")
    : undefined;

function changing(look: AnsweredLook): Hindrance | undefined {
  const restart = preparedRestart(look);
  if (restart !== undefined) return waits('WaitingForRestart', `Waiting for node ${restart.node}, which restarts.`);
  const drained = look.settings.marks['drains'] ?? '';
  if (drained === '') return undefined;
  return waits('WaitingForDrain', `Waiting for what is being emptied: ${drained.replaceAll(',', ', ')}.`);
}

/**
 * A cluster that is red and still has work to do may be about to get its shards back. One that is red at rest has lost them,
 * and a restore may be the remedy.
 */
function troubled({ settings, health }: AnsweredLook): Hindrance | undefined {
  if ((settings.transient?.allocationEnable ?? settings.allocationEnable) === 'none')
    return waits(
      'AllocationDisabled',
      'Somebody set cluster.routing.allocation.enable to none: no node may take a shard. Take that setting back.',
    );
  if (health.status !== 'red' || (health.settled && health.initializing === 0)) return undefined;
  return waits('ClusterRed', 'Waiting for Elasticsearch, which lacks shards and is bringing some back.');
}

/** Undefined where no member is known. */
export function memberVersions(cluster: ClusterLook): Readonly<Record<'oldest' | 'newest', string | undefined>> {
  const versions = cluster.answered ? cluster.nodes.map(({ version }) => version) : [];
  return { oldest: oldest(versions), newest: newest(versions) };
}
