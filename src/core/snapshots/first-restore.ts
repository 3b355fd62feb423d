// What a new stack begins with: the StackRestore that is made for `spec.restoreFrom`, and how long no logs are taken in because of it.
import { apiVersion } from '../../api/logging-stack.ts';
import { stackRestoreKind, type StackRestoreSpec } from '../../api/stack-restore.ts';
import { completeCondition } from '../../api/stack-snapshot.ts';
import { workloadOf } from '../followers.ts';
import type { ObjectReference } from '../kubernetes.ts';
import { names } from '../names.ts';
import { isOurs, type LiveObjects, type ObjectPlan, planObjects, planRemovals } from '../objects.ts';
import type { ResolvedStack, StackIdentity } from '../stack.ts';
import { componentMetadata } from '../workloads.ts';
import type { StackRestore } from './restore-status.ts';
import { standingCondition } from './status.ts';

const referenceTo = ({ name, namespace }: StackIdentity): ObjectReference => ({
  apiVersion,
  kind: stackRestoreKind,
  namespace,
  name: names.firstRestore(name),
});

function liveRestore({ identity }: ResolvedStack, live: LiveObjects): StackRestore | undefined {
  const found = live(referenceTo(identity)) as StackRestore | undefined;
  return found !== undefined && isOurs(found, identity) ? found : undefined;
}

/** A stack whose Logstash is there has taken in logs: it is none that begins. */
function hasIngested({ identity }: ResolvedStack, live: LiveObjects): boolean {
  const found = live(workloadOf('logstash', identity));
  return found !== undefined && isOurs(found, identity);
}

/** As long as it has not begun, it follows every edit, and goes when nothing is to be restored any more. Then only its hold may change. */
export function planFirstRestore(stack: ResolvedStack, live: LiveObjects): ObjectPlan {
  const { identity } = stack;
  const found = liveRestore(stack, live);
  const hasBegun = found?.status?.startedAt !== undefined;
  const spec = hasBegun ? begunSpec(stack, found) : wantedSpec(stack);
  if (spec === undefined)
    return { actions: hasBegun || found === undefined ? [] : planRemovals(identity, [found]), refusals: [] };
  if (found === undefined && hasIngested(stack, live)) return { actions: [], refusals: [] };
  const metadata = componentMetadata(identity, 'stack', names.firstRestore(identity.name));
  return planObjects(identity, 'stack', [{ apiVersion, kind: stackRestoreKind, metadata, spec }], live);
}

function wantedSpec({ identity, restoreFrom }: ResolvedStack): StackRestoreSpec | undefined {
  if (restoreFrom === undefined) return undefined;
  const { dataStreams, retentionHold, ...source } = restoreFrom;
  return {
    stackRef: { name: identity.name },
    source,
    ...(dataStreams === undefined ? {} : { dataStreams }),
    ...(retentionHold === undefined ? {} : { retentionHold }),
  };
}

/** Undefined where the stack has nothing to say of the hold: whoever set it at the StackRestore itself is right. */
function begunSpec({ restoreFrom }: ResolvedStack, { spec }: StackRestore): StackRestoreSpec | undefined {
  const { retentionHold } = restoreFrom ?? {};
  return retentionHold === undefined ? undefined : { ...spec, retentionHold };
}

/**
 * What Logstash and Filebeat wait for before they are made for the first time, in words; undefined when they need not. Logs
 * that came in before would make data streams of the names that are to come back.
 */
export function awaitedRestore(stack: ResolvedStack, live: LiveObjects): string | undefined {
  if (stack.restoreFrom === undefined || hasIngested(stack, live)) return undefined;
  const found = liveRestore(stack, live);
  const complete = found === undefined ? undefined : standingCondition(found, completeCondition);
  if (complete?.status === 'True') return undefined;
  const stands = complete === undefined ? 'It has not been looked at yet.' : complete.message;
  return `No logs are taken in until StackRestore ${names.firstRestore(stack.identity.name)} is complete. ${stands} Take spec.restoreFrom away to begin without it.`;
}
