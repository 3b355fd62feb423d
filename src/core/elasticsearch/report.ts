// What the planner says about Elasticsearch: the condition ElasticsearchReady and the stack's status fields.
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';
import { annotations, labels, names } from '../names.ts';
import { type ResolvedStack, scaledPool } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import { type PlanContext, stays } from './context.ts';
import { httpPort } from './desired/index.ts';
import type { PoolStep } from './pools.ts';
import { memberVersions, oldest } from './versions.ts';
import { hasJoined, isUnschedulable, type PodView, type SetView, whyUnschedulable } from './view.ts';

/** The fields of the status that the Elasticsearch controller owns. */
export type ElasticsearchSection = Pick<
  LoggingStackStatus,
  'version' | 'dataReplicas' | 'dataSelector' | 'elasticsearch'
>;

const type = 'ElasticsearchReady';
const notReady = (reason: string, message: string): Finding => ({ type, status: 'False', reason, message });

/** What is under way besides changes of pools, and what it waits for. */
interface Underway {
  readonly draining: readonly string[];
  readonly others: readonly string[];
}

/** The condition, from the gravest to the lightest reason. Figures are left out where they would change with every look. */
export function readyFinding(context: PlanContext, steps: readonly PoolStep[], underway: Underway): Finding {
  const { bootstrap, observed, sets } = context;
  if (bootstrap.refusal !== undefined) return notReady(bootstrap.refusal.rule, bootstrap.refusal.message);
  if (bootstrap.leftovers.length > 0)
    return notReady(
      'LeftoverVolumes',
      `Waiting until Kubernetes has deleted what an earlier stack of this name left: ${bootstrap.leftovers.join(', ')}.`,
    );
  const [kept] = context.startRefusals;
  if (kept !== undefined && sets.length === 0) return notReady(kept.rule, kept.message);
  const pods = sets.flatMap((set) => set.pods).filter(stays(context));
  const stuck = pods.filter((pod) => pod.stuck);
  const homeless = stuck.find((pod) => isUnschedulable(pod.object));
  if (homeless !== undefined) return notReady('PodsFailing', withoutPlace(homeless));
  if (stuck.length > 0)
    return notReady('PodsFailing', `${listed(stuck)} cannot start: kubectl describe pod and kubectl logs say why.`);
  const unready = pods.filter((pod) => !pod.ready);
  if (sets.length === 0) return notReady('Creating', steps[0]?.waiting[0] ?? 'The node pools are being created.');
  if (unready.length > 0) return notReady('PodsStarting', `Waiting for ${listed(unready)}.`);
  if (!observed.cluster.answered) return notReady(observed.cluster.code, observed.cluster.message);
  if (observed.cluster.health.status === 'red')
    return notReady(
      'ClusterRed',
      'At least one shard has no copy that is available: see GET _cluster/allocation/explain.',
    );
  const { draining, others } = underway;
  if (draining.length > 0) return notReady('Draining', draining.join(' '));
  if (others.length > 0) return notReady('ChangingNodes', others.join(' '));
  const waiting = steps.flatMap((step) => step.waiting);
  const refused = steps.flatMap((step) => step.refusals)[0];
  if (refused !== undefined) return notReady(refused.rule, refused.message);
  if (waiting.length > 0) return notReady('RollingChange', waiting[0] ?? '');
  return {
    type,
    status: 'True',
    reason: 'AllNodesJoined',
    message: `All ${pods.length} nodes are ready and have joined.`,
  };
}

/** Cordoned Kubernetes nodes, and lost ones with a local volume, show here: the scheduler knows them all. */
const withoutPlace = ({ name, object }: PodView): string =>
  `No Kubernetes node takes ${name}. ${whyUnschedulable(object)} Uncordon or add one; if its volume is lost with its node, ` +
  `annotate the LoggingStack with ${annotations.replaceNode}=${name}.`;

const listed = (pods: readonly { readonly name: string }[]): string => pods.map((pod) => pod.name).join(', ');

/** The status fields. The cluster's uuid is mirrored from the claims, never taken from the running cluster. */
export function section(wanted: ResolvedStack, context: PlanContext): ElasticsearchSection {
  const { identity } = wanted;
  const { cluster } = context.observed;
  const version = runningVersion(context);
  return {
    ...(version === undefined ? {} : { version }),
    dataReplicas: context.sets.find((set) => set.pool === scaledPool(wanted))?.replicas ?? 0,
    dataSelector: `${labels.component}=elasticsearch,${labels.pool}=${scaledPool(wanted)},${labels.stack}=${identity.name}`,
    elasticsearch: {
      ...(context.bootstrap.formed === undefined ? {} : { clusterUUID: context.bootstrap.formed }),
      health: cluster.answered ? cluster.health.status : 'unknown',
      pools: wanted.elasticsearch.pools.map((pool) => ({
        name: pool.name,
        desired: pool.replicas,
        ...counts(
          context,
          context.sets.find((set) => set.pool === pool.name),
        ),
      })),
      endpoint: `https://${names.elasticsearchHttp(identity.name)}.${identity.namespace}.svc:${httpPort.port}`,
      userSecret: names.elasticUser(identity.name),
      caSecret: names.elasticsearchHttpCertificate(identity.name),
    },
  };
}

/**
 * The version that all nodes run at least. Other components hold on to it until the last node is of a newer one, and must
 * not take a moment of silence for leave to go ahead: without an answer it is what is recorded on the nodes' volumes.
 */
function runningVersion({ bootstrap, observed, sets, stack }: PlanContext): string | undefined {
  const version = oldest(memberVersions(observed));
  if (version !== undefined) return version;
  return bootstrap.formed === undefined || sets.length === 0 ? undefined : stack.images.elasticsearch.version;
}

function counts(context: PlanContext, set: SetView | undefined): { readonly ready: number; readonly updated: number } {
  const pods = set?.pods ?? [];
  const joined = pods.filter(
    (pod) => pod.ready && (!context.observed.cluster.answered || hasJoined(context.observed.cluster, pod.name)),
  );
  return { ready: joined.length, updated: pods.filter((pod) => !pod.outdated).length };
}
