// A pool's StatefulSet as it is wanted now, with the config that its pods start from, and what is left of former ones.
import { holdTemplate, type HeldTemplate, inputsOf } from '../held-templates.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, names } from '../names.ts';
import { contains, type ObjectPlan, planObjects } from '../objects.ts';
import { takesSnapshots } from '../snapshots/repositories.ts';
import type { NodePool } from '../stack.ts';
import type { PlanContext } from './context.ts';
import { desiredPoolConfig, desiredStatefulSet } from './desired/index.ts';
import { isUnschedulable, liveObject, ofKind, type PodView, poolOf, type SetView } from './view.ts';

/** The fields of a StatefulSet that the planner moves step by step. */
export interface Shape {
  readonly replicas: number;
  readonly partition: number;
  /** Opens a short window in which a deleted pod comes back on the newest template, whatever its ordinal. */
  readonly onDelete: boolean;
}

interface PodSpec {
  readonly nodeSelector?: object;
  readonly tolerations?: readonly object[];
  readonly affinity?: object;
  readonly topologySpreadConstraints?: readonly object[];
  readonly priorityClassName?: string;
  readonly containers?: readonly { readonly resources?: object }[];
  readonly volumes?: readonly {
    readonly configMap?: { readonly name?: string };
    readonly persistentVolumeClaim?: { readonly claimName?: string };
  }[];
}

interface SetSpec {
  readonly template?: { readonly spec?: PodSpec };
}

/** The config that the template of a StatefulSet refers to. */
function configOf(set: KubeObject): string {
  const { template } = set['spec'] as SetSpec;
  const prefix = `${set.metadata.name}-config-`;
  const referred = (template?.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
  return referred.find((name) => name.startsWith(prefix)) ?? '';
}

/** The objects of a pool: first the config, then the StatefulSet that refers to it. If one is another's, neither is written. */
export function writePool(context: PlanContext, pool: NodePool, shape: Shape): ObjectPlan {
  const { bootstrap, stack, templates, observed } = context;
  const { object: set, isHeld } = wantedSet(context, pool, shape);
  const config = desiredPoolConfig(stack, pool, { initialMasterNodes: bootstrap.initialMasterNodes }, templates);
  const planned = planObjects(stack.identity, 'elasticsearch', isHeld ? [set] : [config, set], ({ kind, name }) =>
    liveObject(observed, kind, name),
  );
  return planned.refusals.length === 0 ? planned : { actions: [], refusals: planned.refusals };
}

function wantedSet(context: PlanContext, pool: NodePool, shape: Shape): HeldTemplate {
  const { stack, templates, observed } = context;
  const { replicas, partition } = shape;
  const set = desiredStatefulSet(stack, { ...pool, replicas }, { partition }, templates);
  const records = {
    [annotations.nodeRoles]: pool.roles.join(','),
    [annotations.version]: stack.images.elasticsearch.version,
  };
  const { config } = stack.elasticsearch;
  const uses = takesSnapshots(pool) && stack.repositories.length > 0 ? [stack.repositories] : [];
  const inputs = inputsOf(stack, 'elasticsearch', pool.given, config, stack.allowMemoryMap, ...uses);
  const held = holdTemplate(
    {
      ...set,
      metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...records } },
      spec: shape.onDelete ? { ...(set['spec'] as object), updateStrategy: { type: 'OnDelete' } } : set['spec'],
    },
    inputs,
    mayHold(context, pool) ? liveObject(observed, 'StatefulSet', set.metadata.name) : undefined,
  );
  return held;
}

/**
 * Whether the live template may stand in for one that this version of the operator renders differently: it works, and
 * its config is there and past the first start of the cluster.
 */
function mayHold({ sets, observed, bootstrap, stack }: PlanContext, pool: NodePool): boolean {
  const set = sets.find(({ object }) => object.metadata.name === names.pool(stack.identity.name, pool.name));
  if (set === undefined || bootstrap.initialMasterNodes !== undefined || set.pods.some((pod) => pod.stuck))
    return false;
  const config = liveObject(observed, 'ConfigMap', configOf(set.object));
  return config !== undefined && !JSON.stringify(config['data']).includes('cluster.initial_master_nodes');
}

/** Whether the template of a pool is as it is wanted, live fields included. */
export function hasWantedTemplate(context: PlanContext, pool: NodePool, set: SetView): boolean {
  const shape = { replicas: set.replicas, partition: set.partition, onDelete: false };
  const { object: wanted } = wantedSet(context, pool, shape);
  const live = set.object;
  const recorded = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[annotations.templateHash];
  const templateOf = (object: KubeObject): unknown => (object['spec'] as SetSpec).template;
  return recorded(live) === recorded(wanted) && contains(templateOf(live), templateOf(wanted));
}

/** What the scheduler goes by. */
const schedulingOf = (set: KubeObject): unknown => {
  const spec = (set['spec'] as SetSpec).template?.spec;
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName } = spec ?? {};
  const resources = spec?.containers?.map((container) => container.resources);
  // No Kubernetes node takes a pod with a claim that is gone or on its way out.
  const claims = spec?.volumes?.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []) ?? [];
  // As the API server keeps it: nothing is the same as an empty list.
  return [
    nodeSelector ?? {},
    tolerations ?? [],
    affinity ?? {},
    topologySpreadConstraints ?? [],
    priorityClassName,
    resources,
    claims,
  ];
};

/**
 * Whether a pod may get the wanted template before its pool's turn, because nothing else can mend it. Never with it another
 * version: that would come to masters first, and leave no way back (`evicted-early`). To a pod that has no place only what
 * may give it one.
 */
export function mayOvertake(context: PlanContext, pool: NodePool, set: SetView, pod: PodView): boolean {
  if (
    !pod.stuck ||
    set.object.metadata.annotations?.[annotations.version] !== context.stack.images.elasticsearch.version
  )
    return false;
  if (!isUnschedulable(pod.object)) return true;
  const { object: wanted } = wantedSet(context, pool, {
    replicas: set.replicas,
    partition: set.partition,
    onDelete: false,
  });
  const [live, next] = [schedulingOf(set.object), schedulingOf(wanted)];
  return !contains(live, next) || !contains(next, live);
}

/** ConfigMaps of former templates that no pod can come back to. */
export function leftConfigs({ observed }: PlanContext, set: SetView): readonly KubeObject[] {
  if (!set.rolledOut || set.pods.some((pod) => !pod.ready)) return [];
  const name = configOf(set.object);
  return ofKind(observed, 'ConfigMap').filter((config) => poolOf(config) === set.pool && config.metadata.name !== name);
}
