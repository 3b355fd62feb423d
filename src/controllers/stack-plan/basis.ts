// What a forecast starts from: a whole look at the stack as it is, and how fast its copies move.
import { streamPattern } from '../../core/elasticsearch/copies.ts';
import { roundedCount } from '../../core/elasticsearch/figures.ts';
import type { AnsweredLook, ClusterDetail, Observed } from '../../core/elasticsearch/observed.ts';
import { plan } from '../../core/elasticsearch/plan.ts';
import type { LiveObjects } from '../../core/objects.ts';
import type { ConfigTemplates } from '../../core/rendering/templates.ts';
import type { ResolvedStack } from '../../core/stack.ts';
import type { Forecast } from '../../core/status/stack-plan.ts';
import type { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { type RecoverySpeed, readRecoverySpeed } from '../../elasticsearch/recovery-speed.ts';
import { connectionTo } from '../elasticsearch/connection.ts';
import { lookAtCluster, lookCloser, observed } from '../elasticsearch/observe.ts';
import type { Look } from '../framework.ts';

type WholeLook = Observed & { readonly cluster: AnsweredLook & { readonly detail: ClusterDetail } };

export interface ForecastInput {
  readonly stack: ResolvedStack;
  readonly observed: WholeLook;
  readonly templates: ConfigTemplates;
  readonly live: LiveObjects;
  readonly recoveryBytesPerSecond: number;
}

/** Foretells part by part, so that other work goes on meanwhile, until it is told that this is enough. The composition root gives it. */
export type Forecaster = (input: ForecastInput) => Generator<undefined, Forecast, 'enough' | undefined>;

export interface Planning {
  readonly forecast: Forecaster;
  readonly templates: ConfigTemplates;
  readonly clients: ElasticsearchClients;
}

/** A look of the forecast then takes about a second, in which nothing else is done: more would endanger the Lease. */
const mostCopies = 5000;

/** There is nothing to start from. The code is the reason of a condition. */
export class Unanswered extends Error {
  readonly code: string;
  /** Asking again would not help. */
  readonly final: boolean;

  constructor(code: string, message: string, final = false) {
    super(message);
    this.code = code;
    this.final = final;
  }
}

export interface Basis {
  readonly observed: WholeLook;
  readonly speed: RecoverySpeed;
}

/** Throws Unanswered or EsFault when there is no whole answer. @param stack as it is proposed */
export async function basisOf(
  { clients, templates }: Planning,
  look: Look,
  stack: ResolvedStack,
  signal: AbortSignal,
): Promise<Basis> {
  const connection = connectionTo(clients, look);
  const cluster = await lookAtCluster(look, connection, signal);
  if (!cluster.answered) throw new Unanswered(cluster.code, cluster.message);
  if (connection === undefined) throw new Unanswered('EsUnreachable', 'No Elasticsearch node is ready yet.');
  const { needsDeprecations: deprecations } = plan(stack, observed(look, cluster), templates);
  const closer = await lookCloser(connection, cluster, signal, { deprecations });
  const { detail, detailFault } = closer;
  if (detail === undefined)
    throw new Unanswered(detailFault?.code ?? 'EsInvalidAnswer', detailFault?.message ?? 'No closer look was had.');
  if (detail.shards.length > mostCopies)
    throw new Unanswered(
      'TooLarge',
      `Plans are made for up to ${mostCopies} copies of shards, and this stack has ${roundedCount(detail.shards.length)}.`,
      true,
    );
  const speed = await readRecoverySpeed(connection.client, streamPattern, signal);
  return { observed: { ...observed(look, closer), cluster: { ...closer, detail } }, speed };
}
