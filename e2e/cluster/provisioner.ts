// Serves claims of the cluster's two storage classes with directories of this machine, and removes them when released.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreStatus } from './rest.ts';
import type { KubernetesObject, RestClient } from './rest.ts';

const provisioner = 'loggingstack.dev/local-directory';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const selectedNode = 'volume.kubernetes.io/selected-node';

/** The default class: one node's volume, bound when its first pod is scheduled; owned by root, so fsGroup matters as on a cloud disk. */
const localClass = 'local';
/** ReadWriteMany: writable by everyone, as network shares commonly are. */
const sharedClass = 'shared';

const storageClasses = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: localClass, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: sharedClass },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  },
];

export interface Claim extends KubernetesObject {
  spec: {
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
  };
  status?: { phase?: string };
}

export interface Volume extends KubernetesObject {
  spec: { persistentVolumeReclaimPolicy?: string };
  status?: { phase?: string };
}

/** What to do about a claim: nothing (yet), make this volume, or tell its owner why not. */
type ClaimDecision = { volume: KubernetesObject & { directory: string } } | { refusal: string } | undefined;

/** Decides about one claim; pure. `directory` is where its volume's directory goes. */
export function decideClaim(claim: Claim, volumesDirectory: string): ClaimDecision {
  const { name, namespace = '', uid = '', annotations = {}, deletionTimestamp } = claim.metadata;
  const className = claim.spec.storageClassName;
  if (className !== localClass && className !== sharedClass) return undefined;
  if (claim.spec.volumeName !== undefined || deletionTimestamp !== undefined) return undefined;
  if (claim.spec.volumeMode === 'Block') return { refusal: 'only volumeMode Filesystem is served' };
  if (className === localClass && claim.spec.accessModes.includes('ReadWriteMany')) {
    return { refusal: `class ${localClass} serves no ReadWriteMany; class ${sharedClass} does` };
  }
  const node = annotations[selectedNode];
  if (className === localClass && node === undefined) return undefined; // the scheduler chooses first
  const directory = join(volumesDirectory, `${namespace}_${name}_${uid}`);
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: provisioner } },
    spec: {
      storageClassName: className,
      capacity: { storage: claim.spec.resources.requests.storage },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      ...(className === localClass
        ? { local: { path: directory }, nodeAffinity: onlyOn(node ?? '') }
        : { hostPath: { path: directory } }),
    },
  };
  return { volume: { ...volume, directory } };
}

function onlyOn(node: string): object {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } };
}

/** True when a volume of ours has lost its claim and nobody asked to keep it. */
export function isToBeRemoved(volume: Volume): boolean {
  return (
    volume.metadata.annotations?.[provisionedBy] === provisioner &&
    volume.spec.persistentVolumeReclaimPolicy === 'Delete' &&
    volume.status?.phase === 'Released'
  );
}

/** Makes the storage classes, then serves claims until the signal aborts. */
export async function provision(client: RestClient, volumesDirectory: string, signal: AbortSignal): Promise<void> {
  for (const storageClass of storageClasses) {
    await client.ensure('/apis/storage.k8s.io/v1/storageclasses', storageClass);
  }
  const report = (error: unknown): void => {
    console.error(`${new Date().toISOString()} ${String(error)}`);
  };
  await Promise.all([
    client.follow<Claim>(
      '/api/v1/persistentvolumeclaims',
      (claim, gone) => {
        if (!gone) serve(client, claim, volumesDirectory).catch(report);
      },
      signal,
    ),
    client.follow<VolumeWithPath>(
      '/api/v1/persistentvolumes',
      (volume, gone) => {
        if (!gone && isToBeRemoved(volume)) remove(client, volume, volumesDirectory).catch(report);
      },
      signal,
    ),
  ]);
}

type VolumeWithPath = Volume & { spec: { local?: { path: string }; hostPath?: { path: string } } };

async function serve(client: RestClient, claim: Claim, volumesDirectory: string): Promise<void> {
  const decision = decideClaim(claim, volumesDirectory);
  if (decision === undefined) return;
  if ('refusal' in decision) {
    await refuse(client, claim, decision.refusal);
    return;
  }
  const { directory, ...volume } = decision.volume;
  await mkdir(directory, { recursive: true });
  // chmod, as the umask would take rights away from mkdir's mode.
  await chmod(directory, claim.spec.storageClassName === sharedClass ? 0o777 : 0o755);
  await client.ensure('/api/v1/persistentvolumes', volume);
}

async function remove(client: RestClient, volume: VolumeWithPath, volumesDirectory: string): Promise<void> {
  const path = volume.spec.local?.path ?? volume.spec.hostPath?.path ?? '';
  // A volume object can be edited by anyone with the right to: only a directory of ours is ever removed.
  if (join(volumesDirectory, path.slice(volumesDirectory.length + 1).replaceAll('/', '')) === path) {
    await rm(path, { recursive: true, force: true });
  }
  await client.delete(`/api/v1/persistentvolumes/${volume.metadata.name}`, volume.metadata.uid);
}

async function refuse(client: RestClient, claim: Claim, message: string): Promise<void> {
  const { name, namespace = '', uid = '' } = claim.metadata;
  const time = new Date().toISOString();
  const event = {
    // One event per claim: the name is taken when it has been told already.
    metadata: { name: `${name}.provisioning-${uid}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    source: { component: provisioner },
  };
  await client.create(`/api/v1/namespaces/${namespace}/events`, event).catch(ignoreStatus(409));
}
