// Elasticsearch: look at the stack's nodes and cluster, plan the next safe step, take it.
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';
import { removeLeftBehind } from '../../core/elasticsearch/left-behind.ts';
import { movingIn } from '../../core/elasticsearch/moving.ts';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../../core/elasticsearch/plan.ts';
import { underwayIn } from '../../core/elasticsearch/progress.ts';
import { isReplaced, replacementTarget, replacementUnderway } from '../../core/elasticsearch/replacement.ts';
import { isRolled } from '../../core/elasticsearch/requested.ts';
import { notTaken } from '../../core/elasticsearch/rules/writes.ts';
import { usedOverrides } from '../../core/elasticsearch/used-overrides.ts';
import { requestRecords } from '../../core/requests.ts';
import type { ConfigTemplates } from '../../core/rendering/templates.ts';
import type { Finding } from '../../core/status/conditions.ts';
import { progressEntries } from '../../core/status/progress.ts';
import { secondsOf } from '../../core/status/time.ts';
import type { ElasticsearchClients, StackConnection } from '../../elasticsearch/clients.ts';
import type { EsFault } from '../../elasticsearch/faults.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Component, Look, Outcome } from '../framework.ts';
import { act, type FailedWrite } from './act.ts';
import { connectionTo } from './connection.ts';
import { lookAtCluster, lookCloser, observed } from './observe.ts';
import { ToldOverrides } from './overrides.ts';
import { Pace } from './pace.ts';
import { Patience } from './patience.ts';
import { RefusedGrowth } from './refused-growth.ts';

/** What depends on the writes of index template and streams. */
const writtenConditions = ['IndexTemplateReady', 'RetentionEffective'] as const;

/** Of a paused stack. */
const secondsWhileHeldBack = 60;

export function elasticsearchComponent(templates: ConfigTemplates, clients: ElasticsearchClients): Component {
  const pace = new Pace();
  const told = new ToldOverrides();
  const patience = new Patience();
  const growth = new RefusedGrowth();
  return {
    name: 'elasticsearch',
    conditions: ['ElasticsearchReady', ...writtenConditions],
    sections: ['version', 'dataReplicas', 'dataSelector', 'elasticsearch', 'requests'],
    reconcile: async (look, signal) => {
      const connection = connectionTo(clients, look);
      // Without a connection nobody is asked anything, and there is no need to wait.
      const soon = connection === undefined ? undefined : pace.tooSoon(look);
      if (soon !== undefined) return soon;
      pace.begins(look);
      const outcome = await step(look, { connection, templates, told, patience, growth }, signal);
      return connection === undefined ? outcome : pace.looked(look, outcome);
    },
    forget: async (gone, hands, signal) => {
      const { namespace, name } = gone;
      clients.close(keyOf(gone));
      for (const memory of [pace, told, patience, growth]) memory.forget(gone);
      await hands.act(removeLeftBehind(gone, hands.ofStack('Pod', namespace, name)), signal);
    },
  };
}

interface Means {
  readonly connection: StackConnection | undefined;
  readonly templates: ConfigTemplates;
  readonly told: ToldOverrides;
  readonly patience: Patience;
  readonly growth: RefusedGrowth;
}

async function step(look: Look, means: Means, signal: AbortSignal): Promise<Outcome> {
  const { connection, templates, told, growth } = means;
  const planFor = (seen: Observed) => {
    look.runtime.meters?.onLook(look.stack.identity, movingIn(seen.cluster));
    return { ...plan(look.stack, seen, templates), seen };
  };
  const planned = await planStep(look, means, planFor, signal);
  // Before what they allow is done.
  if (look.heldBack === undefined) await told.tell(look, usedOverrides(look.stack, planned.seen, templates), signal);
  const { failed, refused } = await act(growth.remembering(look), planned, connection, signal);
  const { findings, refusals } = failed.reduce<Said>(withFailure, planned);
  return {
    findings,
    refusals: [...refusals, ...refused],
    section: sectionOf(look, planned.section, planned.seen),
    requeueAfterMs: (look.heldBack === undefined ? secondsToWait(planned) : secondsWhileHeldBack) * 1000,
  };
}

/** A closer look that nodes came or went in is taken again at once. */
const secondsToWait = ({
  seen: { cluster },
  needsDetail,
  requeueAfterSeconds,
}: ElasticsearchPlan & { seen: Observed }) =>
  cluster.answered && needsDetail && cluster.detailFault === undefined ? 1 : requeueAfterSeconds;

/** What the planner says of the status, with what depends on the status as it stands: since when, and of how much. */
export function sectionOf(
  { object, stack }: Pick<Look, 'object' | 'stack'>,
  section: ElasticsearchPlan['section'],
  seen: Observed,
): Readonly<Record<string, unknown>> {
  const live = (object['status'] ?? {}) as LoggingStackStatus;
  const now = secondsOf(new Date(seen.takenAt));
  const underway = [...underwayIn(seen), ...replacementUnderway(stack, seen)];
  const progress = progressEntries(underway, live.elasticsearch?.progress, now);
  const finished = { roll: isRolled(stack, seen), replaceNode: isReplaced(stack, seen) };
  const records = requestRecords(stack.requests, finished, live.requests, now, replacementTarget(stack, seen));
  return {
    ...section,
    elasticsearch: { ...section.elasticsearch, ...(progress.length === 0 ? {} : { progress }) },
    ...(records.length === 0 ? {} : { requests: records }),
  };
}

/** Looks closer only when the planner asks for it, once, and plans anew: then nothing of the first plan counts. */
export async function planStep<Plan extends Pick<ElasticsearchPlan, 'needsDetail' | 'needsDeprecations'>>(
  look: Look,
  { connection, patience }: Pick<Means, 'connection' | 'patience'>,
  planFor: (seen: Observed) => Plan,
  signal: AbortSignal,
): Promise<Plan> {
  const cluster = await lookAtCluster(look, connection, signal);
  const first = planFor(observed(look, cluster));
  if (!first.needsDetail || !cluster.answered || connection === undefined) {
    patience.forget(look.stack.identity);
    return first;
  }
  const asked = { deprecations: first.needsDeprecations };
  const closer = await lookCloser(connection, cluster, signal, asked);
  return planFor(observed(look, patience.withoutPassingFault(look, closer)));
}

type Said = Pick<ElasticsearchPlan, 'findings' | 'refusals'>;

/** A write that failed is news of what depends on it: what was planned has not come about. */
export function withFailure({ findings, refusals }: Said, { action, fault }: FailedWrite): Said {
  if (action.kind === 'putIndexTemplate' || action.kind === 'updateStreams')
    return { findings: findings.map((finding) => afterFailure(finding, fault)), refusals };
  return { findings, refusals: [...refusals, notTaken(action, fault)] };
}

function afterFailure(finding: Finding, { code, message }: EsFault): Finding {
  const types: readonly string[] = writtenConditions;
  if (!types.includes(finding.type)) return finding;
  const hint = code === 'EsError' ? ' Is there another index template for the same data streams and priority?' : '';
  return { type: finding.type, status: 'False', reason: code, message: `${message}${hint}` };
}
