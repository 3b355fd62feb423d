// The simulated StatefulSet controller: makes pods and claims, removes those above the wanted number, and rolls templates out from the highest ordinal down.
import type { Kubernetes, Machines, StatefulSet } from './kubernetes.ts';
import { claimName, claimObject, fingerprint, type Pod, specOf, type StatefulSetSpec } from './workloads.ts';

/** One round, as read in Kubernetes' documentation and seen on 1.34. */
export function lookAfter(kubernetes: Kubernetes, machines: Machines, set: StatefulSet): void {
  const spec = specOf(set);
  const revision = fingerprint(spec.template);
  set.templates.set(revision, spec.template);
  set.updateRevision = revision;
  set.currentRevision ??= revision;
  set.observedGeneration = set.object.metadata.generation ?? 0;
  for (const pod of podsOf(kubernetes, set.object.metadata.name)) pod.orphan = false;
  scale(kubernetes, machines, set, spec, revision);
  ownClaims(kubernetes, set, spec);
  if (spec.updateStrategy.type === 'RollingUpdate') roll(kubernetes, machines, set, spec, revision);
}

/** With `Parallel`, all missing pods are made and all spare ones removed at once; else one by one, and only beside ready ones. */
function scale(
  kubernetes: Kubernetes,
  machines: Machines,
  set: StatefulSet,
  spec: StatefulSetSpec,
  revision: string,
): void {
  const name = set.object.metadata.name;
  const first = spec.ordinals?.start ?? 0;
  const parallel = spec.podManagementPolicy === 'Parallel';
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  for (let ordinal = first; ordinal < first + spec.replicas; ordinal += 1) {
    const pod = kubernetes.pods.get(`${name}-${ordinal}`);
    if (pod === undefined) {
      if (!claimFor(kubernetes, machines, `${name}-${ordinal}`, spec)) continue;
      create(kubernetes, set, ordinal, ordinal < partition ? (set.currentRevision ?? revision) : revision);
    }
    if (!parallel && (pod === undefined || !machines.serves(pod))) return;
  }
  for (const pod of podsOf(kubernetes, name).filter(
    (one) => one.ordinal < first || one.ordinal >= first + spec.replicas,
  )) {
    kubernetes.stop(pod, 'operator', 'removal');
    if (spec.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete')
      kubernetes.deleteClaimOf(pod.name, 'operator');
    if (!parallel) return;
  }
}

function roll(
  kubernetes: Kubernetes,
  machines: Machines,
  set: StatefulSet,
  spec: StatefulSetSpec,
  revision: string,
): void {
  const pods = podsOf(kubernetes, set.object.metadata.name);
  if (pods.every((pod) => pod.revision === revision && machines.serves(pod))) set.currentRevision = revision;
  for (const pod of pods) {
    if (pod.ordinal < (spec.updateStrategy.rollingUpdate?.partition ?? 0)) return;
    if (pod.revision !== revision && pod.state !== 'terminating') {
      kubernetes.stop(pod, 'operator', 'restart');
      return;
    }
    if (!machines.serves(pod)) return;
  }
}

/** From the highest ordinal down. */
const podsOf = (kubernetes: Kubernetes, set: string): readonly Pod[] =>
  [...kubernetes.pods.values()]
    .filter((pod) => pod.set === set)
    .toSorted((first, second) => second.ordinal - first.ordinal);

/** With `whenDeleted: Delete` the StatefulSet is the controller of its claims, so that they go with it. As seen on Kubernetes 1.34. */
function ownClaims(kubernetes: Kubernetes, { object }: StatefulSet, spec: StatefulSetSpec): void {
  const { name, uid = '' } = object.metadata;
  const owns = spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true } as const;
  for (const [key, claim] of kubernetes.objects) {
    if (claim.kind !== 'PersistentVolumeClaim' || !new RegExp(`^data-${name}-\\d+$`).test(claim.metadata.name))
      continue;
    const owned = claim.metadata.ownerReferences?.some((one) => one.uid === uid) === true;
    if (owned !== owns)
      kubernetes.objects.set(key, {
        ...claim,
        metadata: { ...claim.metadata, ownerReferences: owns ? [owner] : [] },
      });
  }
}

/** Makes the pod's claim when there is none. A pod waits while its claim is on its way out. */
function claimFor(kubernetes: Kubernetes, machines: Machines, pod: string, spec: StatefulSetSpec): boolean {
  const [template] = spec.volumeClaimTemplates;
  const name = claimName(pod);
  const live = kubernetes.objects.get(`PersistentVolumeClaim/${name}`);
  if (live !== undefined) return live.metadata.deletionTimestamp === undefined;
  kubernetes.objects.set(`PersistentVolumeClaim/${name}`, claimObject(name, kubernetes.newId('uid'), template));
  machines.claimAdded(name, template?.spec);
  return true;
}

function create(kubernetes: Kubernetes, set: StatefulSet, ordinal: number, revision: string): void {
  const template = set.templates.get(revision);
  if (template === undefined) throw new Error(`No template of revision ${revision}.`);
  const name = `${set.object.metadata.name}-${ordinal}`;
  const missing = template.spec.volumes
    .map((volume) => volume.configMap?.name)
    .find((config) => config !== undefined && !kubernetes.objects.has(`ConfigMap/${config}`));
  if (missing !== undefined) throw new Error(`Pod ${name} would hang: its ConfigMap ${missing} does not exist.`);
  kubernetes.pods.set(name, {
    name,
    set: set.object.metadata.name,
    ordinal,
    revision,
    template,
    uid: kubernetes.newId('uid'),
    state: 'pending',
    crashes: false,
  });
}
