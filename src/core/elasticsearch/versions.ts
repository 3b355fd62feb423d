// Which versions of Elasticsearch ran on a stack's volumes, run now, and stand in its templates. A volume that a newer version has used never goes back.
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import type { ObjectAction } from '../objects.ts';
import type { ComponentImage } from '../stack.ts';
import { isAtLeast } from '../versions.ts';
import type { Observed } from './observed.ts';
import { identityOf } from './resize.ts';
import { claimOf, isInUse, liveObject, ofKind, orphanedPods } from './view.ts';

/** Owns nothing on claims but the version. */
const versionFieldManager = 'loggingstack-elasticsearch-versions';

const recorded = (claim: KubeObject): string | undefined => claim.metadata.annotations?.[annotations.esVersion];

export const newest = (versions: readonly string[]): string | undefined =>
  versions.reduce<string | undefined>(
    (found, one) => (found !== undefined && isAtLeast(found, one) ? found : one),
    undefined,
  );

export const oldest = (versions: readonly string[]): string | undefined =>
  versions.reduce<string | undefined>(
    (found, one) => (found !== undefined && isAtLeast(one, found) ? found : one),
    undefined,
  );

const recordedOn = (claims: readonly KubeObject[]): readonly string[] =>
  claims.map(recorded).filter((version) => version !== undefined);

/** Versions of the members. Without an answer, what is recorded on the volumes of the nodes that should be there. */
export function memberVersions(observed: Observed): readonly string[] {
  if (observed.cluster.answered) return observed.cluster.nodes.map((node) => node.version);
  return recordedOn(ofKind(observed, 'PersistentVolumeClaim').filter((claim) => isInUse(observed, claim)));
}

/** The newest version that ever took part in the cluster; undefined when that is not known. There is no way back behind it. */
export const newestJoined = (observed: Observed): string | undefined =>
  newest([...recordedOn(ofKind(observed, 'PersistentVolumeClaim')), ...memberVersions(observed)]);

const templateOf = (version: string | undefined, image: string | undefined): readonly ComponentImage[] =>
  version === undefined || image === undefined ? [] : [{ version, image }];

/**
 * The versions that the live StatefulSets' templates stand for, with their images. While a StatefulSet is made anew around
 * its pods, these tell what it was.
 */
export function templateVersions(observed: Observed): readonly ComponentImage[] {
  const sets = ofKind(observed, 'StatefulSet');
  return [
    ...sets.flatMap((set) => templateOf(set.metadata.annotations?.[annotations.version], imageOf(set))),
    ...orphanedPods(observed).flatMap((pod) => {
      const claim = liveObject(observed, 'PersistentVolumeClaim', claimOf(pod.metadata.name));
      return templateOf(claim === undefined ? undefined : recorded(claim), podImage(pod));
    }),
  ];
}

/**
 * What a node of that version runs: the only word for it when the spec went back to another one while the first new node
 * was on its way, and it joined all the same. An image that a template has is no such word: pods and nodes are looked at one
 * after the other, and the node may be of a younger pod.
 */
export function imageOfMember(
  version: string,
  templates: readonly ComponentImage[],
  { cluster, objects }: Observed,
): ComponentImage | undefined {
  const names = cluster.answered
    ? cluster.nodes.filter((node) => node.version === version).map(({ name }) => name)
    : [];
  const images = objects
    .filter(({ kind, metadata }) => kind === 'Pod' && names.includes(metadata.name))
    .map(podImage)
    .filter((image) => image !== undefined && templates.every((one) => one.image !== image));
  const [image] = images;
  return image === undefined ? undefined : { version, image };
}

/** Whether no node was started yet, or none since the stack was made anew over kept volumes. */
export const isNew = (observed: Observed): boolean =>
  ofKind(observed, 'StatefulSet').length === 0 && orphanedPods(observed).length === 0;

interface PodTemplate {
  readonly spec?: { readonly containers?: readonly { readonly name?: string; readonly image?: string }[] };
}

const elasticsearchImage = ({ spec }: PodTemplate): string | undefined =>
  spec?.containers?.find((container) => container.name === 'elasticsearch')?.image;

/** The image of a StatefulSet's template. */
export const imageOf = (set: KubeObject): string | undefined =>
  elasticsearchImage((set['spec'] as { readonly template?: PodTemplate } | undefined)?.template ?? {});

/** The image that a pod runs. */
export const podImage = (pod: KubeObject): string | undefined => elasticsearchImage(pod as PodTemplate);

/**
 * Records on each volume the version of the node that joined with it: whoever looks next knows that there is no way back,
 * though that node may be away by then.
 */
export function recordVersions(observed: Observed): readonly ObjectAction[] {
  const { cluster } = observed;
  if (!cluster.answered) return [];
  return cluster.nodes.flatMap(({ name, version }) => {
    const claim = liveObject(observed, 'PersistentVolumeClaim', claimOf(name));
    if (claim === undefined || recorded(claim) === version) return [];
    const { apiVersion, kind, metadata } = claim;
    const object = {
      apiVersion,
      kind,
      metadata: { ...identityOf(metadata), annotations: { [annotations.esVersion]: version } },
    };
    return [{ kind: 'apply', object, fieldManager: versionFieldManager } as const];
  });
}
