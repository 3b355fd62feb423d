// Forms the cluster exactly once: names the first masters until a cluster exists, then marks the masters' claims with its uuid.
import { parse } from 'yaml';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, labels, names } from '../names.ts';
import type { ObjectAction } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { claimedClusters, claimOf, hasJoined, liveObject, ofKind } from './view.ts';

export interface Bootstrap {
  /** The cluster that this stack's volumes belong to; undefined until the first one has formed and was recorded. */
  readonly formed: string | undefined;
  /** For the config of master pools; undefined as soon as a cluster has formed, for ever. */
  readonly initialMasterNodes: readonly string[] | undefined;
  /** Marks claims of masters that have joined. */
  readonly actions: readonly ObjectAction[];
  /** Set when volumes, record and running cluster contradict each other: nothing may be done to nodes then. */
  readonly refusal: Refusal | undefined;
  /** What an earlier stack of this name left, as `<kind>/<name>`. Nothing is made or recorded until it is gone. */
  readonly leftovers: readonly string[];
}

/** Owns nothing on claims but the annotation. */
const claimFieldManager = 'loggingstack-elasticsearch-claims';

const masterPools = (stack: ResolvedStack) => stack.elasticsearch.pools.filter((pool) => pool.roles.includes('master'));

/** Decides from claims, status and running cluster whether the stack may bootstrap, has formed, or is not what it seems. */
export function planBootstrap(stack: ResolvedStack, observed: Observed, left: readonly KubeObject[]): Bootstrap {
  if (left.length > 0) return waitForLeftovers(observed, left);
  const refusal = foreignClusterData(stack, observed);
  const claimed = claimedClusters(observed)[0];
  const formed = claimed ?? observed.recordedUuid;
  return {
    formed,
    initialMasterNodes: formed === undefined ? firstMasters(stack, observed) : undefined,
    actions: refusal === undefined ? markClaims(stack, observed) : [],
    refusal,
    leftovers: [],
  };
}

/** What is recorded stays so, but nothing is learnt from volumes, part of which may be about to go. */
function waitForLeftovers(observed: Observed, left: readonly KubeObject[]): Bootstrap {
  return {
    formed: observed.recordedUuid,
    initialMasterNodes: undefined,
    actions: [],
    refusal: undefined,
    leftovers: left.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  };
}

/**
 * The list must stay the same until the cluster has formed, whatever the spec becomes meanwhile: two lists could form two
 * clusters. So the first ConfigMap that was written with it decides; masters that it does not name just join.
 */
function firstMasters(stack: ResolvedStack, observed: Observed): readonly string[] {
  const written = ofKind(observed, 'ConfigMap')
    .map(writtenList)
    .find((list) => list !== undefined);
  return (
    written ??
    masterPools(stack).flatMap((pool) =>
      Array.from({ length: pool.replicas }, (_, ordinal) => `${names.pool(stack.identity.name, pool.name)}-${ordinal}`),
    )
  );
}

function writtenList(config: KubeObject): readonly string[] | undefined {
  const text = (config['data'] as Record<string, string> | undefined)?.['elasticsearch.yml'];
  const settings: unknown = text === undefined ? undefined : parse(text);
  if (settings === null || typeof settings !== 'object' || !('cluster.initial_master_nodes' in settings))
    return undefined;
  const list = settings['cluster.initial_master_nodes'];
  return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : undefined;
}

/** `second-cluster`: data of two clusters must never be served under one name. */
function foreignClusterData(stack: ResolvedStack, observed: Observed): Refusal | undefined {
  const claimed = claimedClusters(observed);
  const running = observed.cluster.answered ? observed.cluster.uuid : undefined;
  const known = claimed[0] ?? observed.recordedUuid;
  const subject = `LoggingStack/${stack.identity.name}`;
  if (claimed.length > 1) {
    return {
      rule: 'ForeignClusterData',
      subject,
      message: `The volumes of the master nodes belong to ${claimed.length} different Elasticsearch clusters (${claimed.join(', ')}): starting on them could lose one or the other.`,
      remedy: `Keep the claims whose annotation ${annotations.clusterUuid} names the cluster that is wanted, and delete or rename the others.`,
    };
  }
  if (known !== undefined && running !== undefined && running !== known) {
    return {
      rule: 'ForeignClusterData',
      subject,
      message: `The running Elasticsearch cluster is ${running}, but the volumes belong to ${known}: nothing is done to its nodes.`,
      remedy: `Find out which of the two is wanted. To keep the running one, set the annotation ${annotations.clusterUuid} of the masters' claims to ${running}.`,
    };
  }
  if (claimed.length === 0 && known !== undefined && running === undefined) {
    return {
      rule: 'ForeignClusterData',
      subject,
      message: `This stack had formed the Elasticsearch cluster ${known}, but no volume of a master node belongs to it any more: a new cluster would not know the data of the old one.`,
      remedy: `Bring the masters' volumes back, or delete the LoggingStack with its claims and create it again to start with no data.`,
    };
  }
  return undefined;
}

function markClaims(stack: ResolvedStack, observed: Observed): readonly ObjectAction[] {
  const { cluster } = observed;
  if (!cluster.answered) return [];
  const masters = ofKind(observed, 'Pod').filter((pod) => pod.metadata.labels?.[labels.master] === 'true');
  return masters
    .filter((pod) => hasJoined(cluster, pod.metadata.name))
    .map((pod) => liveObject(observed, 'PersistentVolumeClaim', claimOf(pod.metadata.name)))
    .filter((claim) => claim !== undefined && claim.metadata.annotations?.[annotations.clusterUuid] === undefined)
    .map((claim) => ({
      kind: 'apply',
      object: markedClaim(stack, claim as KubeObject, cluster.uuid),
      fieldManager: claimFieldManager,
    }));
}

function markedClaim(stack: ResolvedStack, claim: KubeObject, uuid: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claim.metadata.name,
      namespace: stack.identity.namespace,
      annotations: { [annotations.clusterUuid]: uuid },
    },
  };
}
