// Plans Logstash's objects: what to write now, what it waits for, and which edit it cannot follow.
import type { Override } from '../../api/overrides.ts';
import { holdTemplates, inputsOf } from '../held-templates.ts';
import { names } from '../names.ts';
import { type LiveObjects, planObjects } from '../objects.ts';
import { bytesOf, canonicalQuantity } from '../quantities.ts';
import { describeRule, type Refusal } from '../refusal.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import { awaitedRestore } from '../snapshots/first-restore.ts';
import type { ResolvedStack } from '../stack.ts';
import { type StartSecret, startSecrets, type WorkloadPlan } from '../workloads.ts';
import { reloadsCertificates } from './config.ts';
import { desiredLogstash, pipelines } from './desired.ts';
import { liveClaim, liveSet } from './live.ts';
import { planScaleIn, type Seen } from './scale-in.ts';

export interface LogstashPlan extends WorkloadPlan {
  /** What a pod that is to leave waits for. */
  readonly waiting: string | undefined;
  /** Overrides that it relies on. */
  readonly lifted: readonly Override[];
}

/**
 * The StatefulSet waits for the Secrets that its pods need; the API key's is made once Elasticsearch answers. One that is not
 * there yet waits also for what a new stack begins with.
 */
export function planLogstash(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  live: LiveObjects,
  seen: Seen,
): LogstashPlan {
  const { identity } = stack;
  const queueSize = liveQueueSize(stack, live) ?? keptQueueSize(stack, live) ?? stack.logstash.queueSize;
  const all = startSecrets(identity, secretsOfLogstash(identity.name), live);
  const read = startSecrets(identity, restartingSecrets(stack), live);
  const { replicas, pods, marks, deletions, ...scaleIn } = planScaleIn(stack, live, seen);
  const desired = desiredLogstash(stack, templates, { replicas, queueSize, secrets: read.fingerprint });
  const awaited = awaitedRestore(stack, live);
  const possible =
    all.missing.length === 0 && awaited === undefined ? desired : desired.filter(({ kind }) => kind !== 'StatefulSet');
  const inputs = inputsOf(stack, 'logstash', stack.logstash.given, read.fingerprint, queueSize);
  const objects = [pipelines(stack, templates, pods), ...holdTemplates(possible, inputs, live)];
  const { actions, refusals } = planObjects(identity, 'logstash', objects, live);
  return {
    actions: [...marks, ...actions, ...deletions],
    refusals: [...refusals, ...scaleIn.refusals, ...queueResize(stack, queueSize)],
    missingSecrets: all.missing,
    awaited,
    waiting: scaleIn.waiting,
    lifted: scaleIn.lifted,
  };
}

const certificates = (stack: string): readonly StartSecret[] => [
  { secret: names.logstashCertificate(stack), key: 'tls.crt' },
  { secret: names.filebeatCertificate(stack), key: 'ca.crt' },
  { secret: names.elasticsearchHttpCertificate(stack), key: 'ca.crt' },
];

const secretsOfLogstash = (stack: string): readonly StartSecret[] => [
  ...certificates(stack),
  { secret: names.logstashApiKey(stack), key: 'api_key' },
  { secret: names.logstashApiUser(stack), key: 'password' },
  // No version reads the API's own certificate again.
  { secret: names.logstashApiCertificate(stack), key: 'keystore.p12' },
];

/** Secrets whose change needs new pods: not those that this version reads again by itself. */
function restartingSecrets(stack: ResolvedStack): readonly StartSecret[] {
  const reloaded = reloadsCertificates(stack.images.logstash.version) ? certificates(stack.identity.name) : [];
  return secretsOfLogstash(stack.identity.name).filter(
    ({ secret }) => !reloaded.some((certificate) => certificate.secret === secret),
  );
}

interface ClaimSpec {
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

interface WithClaims {
  readonly volumeClaimTemplates?: readonly { readonly spec?: ClaimSpec }[];
}

/** The size of the running StatefulSet's queue volumes; undefined when there is none. */
function liveQueueSize(stack: ResolvedStack, live: LiveObjects): string | undefined {
  const found = liveSet(stack, live)?.object;
  const { volumeClaimTemplates } = (found as { spec?: WithClaims } | undefined)?.spec ?? {};
  const size = volumeClaimTemplates?.[0]?.spec?.resources?.requests?.storage;
  return size === undefined ? undefined : canonicalQuantity(size);
}

/**
 * The size of the smallest queue volume that an earlier StatefulSet left and the next one takes over; undefined when
 * there is none. All pods have one configuration, so that their queues must fit into the smallest.
 */
function keptQueueSize(stack: ResolvedStack, live: LiveObjects): string | undefined {
  const sizes = Array.from({ length: stack.logstash.replicas }, (_none, ordinal) => {
    const found = liveClaim(stack, live, ordinal) as { spec?: ClaimSpec } | undefined;
    return found?.spec?.resources?.requests?.storage;
  });
  const [smallest] = sizes.filter((size) => size !== undefined).toSorted((one, two) => bytesOf(one) - bytesOf(two));
  return smallest === undefined ? undefined : canonicalQuantity(smallest);
}

export const queueResizeRule = describeRule({
  name: 'QueueResizeRefused',
  liftable: 'never',
  reason:
    'Kubernetes lets no StatefulSet change the size of its volumes, and the queue holds logs that are not stored yet.',
  remedy: 'Set the size of the queue back.',
});

function queueResize(stack: ResolvedStack, size: string): readonly Refusal[] {
  const wanted = stack.logstash.queueSize;
  if (wanted === size) return [];
  return [
    {
      rule: queueResizeRule.name,
      subject: `StatefulSet/${names.logstash(stack.identity.name)}`,
      message: `The queue volumes of Logstash have ${size} and the spec asks for ${wanted}: this version of the operator does not change the size of volumes; they stay as they are.`,
      remedy: `Set spec.logstash.queue.size back to ${size}.`,
    },
  ];
}
