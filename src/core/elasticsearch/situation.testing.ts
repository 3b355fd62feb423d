// For tests of drain rules: situations made by hand, from a stack, its live sets and the copies on their nodes.
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import { leavingNodes } from './leaving.ts';
import { untouched, usualLimits } from './look.testing.ts';
import { movesOf, receiversOf } from './moves.ts';
import type {
  AnsweredLook,
  ClusterDetail,
  ClusterSettings,
  IndexState,
  NodeDetail,
  ShardCopy,
  VotingState,
} from './observed.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';
import type { DrainSituation, LeavingPool } from './situation.ts';
import type { SetView } from './view.ts';

export const gib = 1024 ** 3;

/** A StatefulSet of so many ready nodes; those that are no members are named by their ordinals. */
export function liveSet(
  pool: string,
  replicas: number,
  roles: readonly string[],
  absent: readonly number[] = [],
): SetView {
  const pods = Array.from({ length: replicas }, (_, index) => {
    const ordinal = replicas - 1 - index;
    const joined = !absent.includes(ordinal);
    return pod(`logs-es-${pool}-${ordinal}`, { joined, ready: joined });
  });
  const made = set(pool, pods);
  const { object } = made;
  const metadata = { ...object.metadata, annotations: { [annotations.nodeRoles]: roles.join() } };
  return { ...made, object: { ...object, metadata } };
}

export const hot = ['data_hot', 'data_content'] as const;

export interface IndexFacts extends Partial<IndexState> {
  /** Nodes with a copy, the primary first; `-` is a copy that is on none. By pool and ordinal, such as `data-1`. */
  readonly on: readonly string[];
  readonly bytes?: number;
  readonly copy?: Partial<ShardCopy>;
}

export interface SituationFacts {
  /** What the spec asks for. */
  readonly stack?: ResolvedStack;
  readonly sets?: readonly SetView[];
  readonly indices?: Readonly<Record<string, IndexFacts>>;
  /** Free bytes by node; 100 GiB unless given. */
  readonly free?: Readonly<Record<string, number>>;
  readonly detail?: Partial<ClusterDetail>;
  readonly limits?: Partial<ClusterDetail['limits']>;
  readonly voting?: Partial<VotingState>;
  readonly excludedNames?: readonly string[];
  readonly settings?: Partial<ClusterSettings>;
  /** Nodes whose claim tells that they were members before. */
  readonly joinedBefore?: readonly string[];
}

const claimWith = (node: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: `data-${node}`, annotations: { [annotations.esVersion]: '9.4.3' } },
});

const nodeOf = (short: string): string | undefined => (short === '-' ? undefined : `logs-es-${short}`);

export function copiesOf(name: string, { on, bytes = gib, copy = {} }: IndexFacts): readonly ShardCopy[] {
  return on.map((short, index) => ({
    index: name,
    shard: 0,
    primary: index === 0,
    state: short === '-' ? 'UNASSIGNED' : 'STARTED',
    node: nodeOf(short),
    relocatingTo: undefined,
    inSync: short !== '-',
    bytes: short === '-' ? undefined : bytes,
    ...copy,
  }));
}

export function indexOf(name: string, { on, bytes: _bytes, copy: _copy, ...facts }: IndexFacts): IndexState {
  return {
    name,
    replicas: on.length - 1,
    autoExpand: false,
    pinned: false,
    tierPreference: ['data_content'],
    dataStream: undefined,
    hidden: false,
    createdIn: '9.x',
    ...facts,
  };
}

/** Three data nodes of which one leaves, unless told otherwise. */
export function situation(facts: SituationFacts = {}): DrainSituation {
  const stack = facts.stack ?? stackWith();
  const sets = facts.sets ?? [liveSet('data', 3, hot), liveSet('master', 3, ['master'])];
  const { observed } = contextOf(sets, { stack });
  const rolesOf = (name: string) =>
    sets
      .find((one) => one.pods.some((other) => other.name === name))
      ?.object.metadata.annotations?.[annotations.nodeRoles]?.split(',') ?? [];
  if (!observed.cluster.answered) throw new Error('The look of a test is answered.');
  const nodes = observed.cluster.nodes.map((node) => ({ ...node, roles: rolesOf(node.name) }));
  const indices = Object.entries(facts.indices ?? {});
  const detail: ClusterDetail = {
    nodes: nodes.map((node): NodeDetail => ({
      ...node,
      id: `id-${node.name}`,
      ownShards: 0,
      disk: { totalBytes: 200 * gib, availableBytes: 30 * gib + (facts.free?.[node.name] ?? 100 * gib) },
    })),
    shards: indices.flatMap(([name, index]) => copiesOf(name, index)),
    indices: indices.map(([name, index]) => indexOf(name, index)),
    limits: { ...usualLimits, ...facts.limits },
    snapshotsInProgress: [],
    stuck: [],
    ...facts.detail,
  };
  const masters = nodes.filter((node) => node.roles.includes('master')).map((node) => node.name);
  const look: AnsweredLook = {
    ...observed.cluster,
    ...untouched,
    nodes,
    detail,
    settings: { ...untouched.settings, excludedNames: facts.excludedNames ?? [], ...facts.settings },
    voting: { configuration: masters, excluded: [], ...facts.voting },
  };
  const claims = (facts.joinedBefore ?? []).map((short) => claimWith(`logs-es-${short}`));
  const leaving = leavingNodes(stack, sets, { ...observed, objects: claims, cluster: look });
  const names = new Set(leaving.map((node) => node.name));
  const receivers = receiversOf(detail, names, look.settings.excludedNames);
  const moves = movesOf(stack, detail, names, receivers);
  return { stack, takenAt: observed.takenAt, look, detail, leaving, receivers, moves };
}

/** The nodes of a pool that leave. */
export function leavingOf({ leaving }: DrainSituation, pool = 'data'): LeavingPool {
  const nodes = leaving.filter((node) => node.set.pool === pool);
  const [first] = nodes;
  if (first === undefined) throw new Error(`No node of ${pool} leaves.`);
  return { set: first.set, nodes };
}
