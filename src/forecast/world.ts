// Builds the simulator's world from one live look: the same nodes, shards, disks, objects and revisions, so that it can go on from there.
import type { AnsweredLook, ClusterDetail, ClusterNode, NodeDetail, Observed } from '../core/elasticsearch/observed.ts';
import { claimOf, ofKind, type PodView, type SetView, setViews } from '../core/elasticsearch/view.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { annotations, names } from '../core/names.ts';
import { bytesOf } from '../core/quantities.ts';
import type { StatefulSet } from '../simulator/kubernetes.ts';
import { Simulator } from '../simulator/simulator.ts';
import type { Cluster, ElasticsearchNode, Volume } from '../simulator/state.ts';
import { fingerprint, type Pod, type PodTemplate } from '../simulator/workloads.ts';
import { settingsOf } from './settings.ts';
import { placeShards } from './shards.ts';

/** A whole look: without every shard, nothing can be foretold. */
export interface WholeLook extends AnsweredLook {
  readonly detail: ClusterDetail;
}

export interface Pace {
  readonly secondsPerTick: number;
  readonly recoveryBytesPerSecond: number;
}

/** Ids of the world begin here: a look at another simulator has small ones. */
const firstSerial = 1_000_000;

const revisionLabel = 'controller-revision-hash';

/** The world of a stack of this name as the look shows it. */
export function worldOf(stack: string, observed: Observed, look: WholeLook, pace: Pace): Simulator {
  const simulator = new Simulator(pace);
  simulator.kubernetes.serial = firstSerial;
  simulator.elasticsearch.world.serial = firstSerial;
  simulator.secrets = observed.secrets;
  simulator.recordedUuid = observed.recordedUuid;
  simulator.deprecations = look.detail.deprecations ?? [];
  addObjects(simulator, observed, look);
  addCluster(simulator, stack, observed, look);
  return simulator;
}

function addObjects({ kubernetes, versions }: Simulator, observed: Observed, look: AnsweredLook): void {
  for (const object of observed.objects)
    if (object.kind !== 'Pod') kubernetes.objects.set(`${object.kind}/${object.metadata.name}`, object);
  for (const view of setViews(observed)) {
    const set = statefulSet(view);
    kubernetes.sets.set(view.object.metadata.name, set);
    for (const pod of view.pods) {
      const template = templateOf(pod.object);
      const revision = revisionOf(view, pod);
      set.templates.set(revision, template);
      kubernetes.pods.set(pod.name, podOf(view, pod, { template, revision }, look));
    }
    const version = view.object.metadata.annotations?.[annotations.version];
    for (const { image } of templateIn(view.object).spec.containers)
      if (image !== undefined && version !== undefined) versions.set(image, version);
  }
}

interface SetStatus {
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly observedGeneration?: number;
}

const templateIn = (set: KubeObject): PodTemplate => (set['spec'] as { readonly template: PodTemplate }).template;
const statusOf = (set: KubeObject): SetStatus => set['status'] ?? {};

/** The simulator names a template's revision in its own way. A status of an older spec knows nothing of the newest one. */
function renamed({ object, current }: SetView, revision: string | undefined): string | undefined {
  const isNewest = current && revision !== undefined && revision === statusOf(object).updateRevision;
  return isNewest ? fingerprint(templateIn(object)) : revision;
}

function statefulSet(view: SetView): StatefulSet {
  const { object } = view;
  const { currentRevision, updateRevision, observedGeneration = 0 } = statusOf(object);
  const template = templateIn(object);
  const templates = new Map([[fingerprint(template), template]]);
  const current = renamed(view, currentRevision);
  // Pods of the former template that are not there now would come back on it; this is the closest that a look tells.
  if (current !== undefined && !templates.has(current)) templates.set(current, template);
  return {
    object,
    currentRevision: current,
    updateRevision: renamed(view, updateRevision),
    observedGeneration,
    templates,
  };
}

const revisionOf = (view: SetView, { object }: PodView): string =>
  renamed(view, object.metadata.labels?.[revisionLabel]) ?? '';

function templateOf(pod: KubeObject): PodTemplate {
  const labels = Object.entries(pod.metadata.labels ?? {}).filter(([key]) => key !== revisionLabel);
  const spec = pod['spec'] as PodTemplate['spec'] | undefined;
  return {
    metadata: {
      labels: Object.fromEntries(labels),
      annotations: pod.metadata.annotations ?? {},
    } as PodTemplate['metadata'],
    spec: { ...spec, containers: spec?.containers ?? [], volumes: spec?.volumes ?? [] },
  };
}

function podOf(
  set: SetView,
  pod: PodView,
  own: Pick<Pod, 'template' | 'revision'>,
  { nodes }: { readonly nodes: readonly ClusterNode[] },
): Pod {
  const runs = nodes.some((node) => node.name === pod.name);
  const state = pod.terminating ? 'terminating' : runs ? 'running' : pod.stuck ? 'crashing' : 'pending';
  return {
    name: pod.name,
    set: set.object.metadata.name,
    ordinal: pod.ordinal,
    uid: pod.object.metadata.uid ?? '',
    state,
    crashes: state === 'crashing',
    ...own,
  };
}

function addCluster(simulator: Simulator, stack: string, observed: Observed, look: WholeLook): void {
  const { elasticsearch } = simulator;
  const { world } = elasticsearch;
  for (const claim of ofKind(observed, 'PersistentVolumeClaim'))
    world.volumes.set(claim.metadata.name, volumeOf(claim, look.detail));
  const members = look.detail.nodes.map((node) => memberOf(simulator, node));
  for (const member of members) {
    member.volume.clusterUuid = look.uuid;
    if (simulator.pods.get(member.name)?.state !== 'terminating') world.nodes.set(member.name, member);
  }
  const cluster = clusterOf(look, members);
  world.clusters.set(look.uuid, cluster);
  elasticsearch.templateName = names.indexTemplate(stack);
  if (look.indexTemplate !== undefined) cluster.templates.set(elasticsearch.templateName, look.indexTemplate);
  placeShards(world, cluster, look.detail);
  for (const { volume, name } of members) fillVolume(volume, look.detail, name);
}

interface ClaimSpec {
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

/** A disk is as large as its node says; where no node says, as its claim asks for. */
function volumeOf(claim: KubeObject, detail: ClusterDetail): Volume {
  const node = detail.nodes.find(({ name }) => claimOf(name) === claim.metadata.name);
  const asked = (claim['spec'] as ClaimSpec | undefined)?.resources?.requests?.storage;
  const used = node?.version ?? claim.metadata.annotations?.[annotations.esVersion];
  return {
    name: claim.metadata.name,
    totalBytes: node?.disk?.totalBytes ?? (asked === undefined ? 0 : bytesOf(asked)),
    foreignBytes: 0,
    nodeId: node?.id,
    clusterUuid: claim.metadata.annotations?.[annotations.clusterUuid],
    ...(used === undefined ? {} : { version: used }),
    copies: new Map(),
  };
}

function memberOf({ elasticsearch }: Simulator, { name, id, version, roles, disk }: NodeDetail): ElasticsearchNode {
  const volume = elasticsearch.volume(claimOf(name), disk?.totalBytes ?? 0);
  volume.nodeId = id;
  return { name, id, version, roles, attributes: {}, firstMasters: [], volume, frozenAt: undefined };
}

/** What is on a disk besides shards. */
function fillVolume(volume: Volume, { nodes }: ClusterDetail, name: string): void {
  const disk = nodes.find((node) => node.name === name)?.disk;
  if (disk === undefined) return;
  const copies = [...volume.copies.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  volume.foreignBytes = Math.max(0, disk.totalBytes - disk.availableBytes - copies);
}

/** Which of the voters is the master is not in the look, and makes no difference: the first is taken. */
function clusterOf(look: WholeLook, members: readonly ElasticsearchNode[]): Cluster {
  const idOf = (name: string): string => members.find((member) => member.name === name)?.id ?? name;
  const { configuration, excluded } = look.voting;
  return {
    uuid: look.uuid,
    master: members.map(({ name }) => name).find((name) => configuration.includes(name) && !excluded.includes(name)),
    members: new Map(members.map((member) => [member.name, member])),
    voting: new Map(configuration.map((name) => [idOf(name), name])),
    exclusions: excluded.map((name) => ({ name, id: idOf(name) })),
    settings: settingsOf(look),
    indices: new Map(),
    templates: new Map(),
    snapshots: new Map(),
  };
}
