// Where the snapshots of a StackRepository are, and who may write there: two writers of one place would destroy it.
import { basePathOf, isReadOnly, type RepositoryObject } from './repositories.ts';

interface Place {
  /** The volume, bucket or container. */
  readonly store: string;
  readonly path: string;
}

/** An address without what makes no difference. */
const plainAddress = (endpoint = ''): string => endpoint.toLowerCase().replace(/\/+$/, '');

function placeOf(repository: RepositoryObject): Place {
  const { type, fileSystem, s3, gcs, azure } = repository.spec;
  // A claim is of one namespace; buckets and containers are of the world.
  const store = [
    type,
    fileSystem && `${repository.metadata.namespace ?? ''}/${fileSystem.claimRef.name}`,
    s3 && `${plainAddress(s3.endpoint)} ${s3.bucket}`,
    gcs && `${plainAddress(gcs.endpoint)} ${gcs.bucket}`,
    azure && `${plainAddress(azure.endpointSuffix)} ${azure.container}`,
  ].filter((part) => part !== undefined);
  return { store: store.join(' '), path: basePathOf(repository) };
}

/** Whether one is the other, or a folder in it. */
function overlap(one: Place, other: Place): boolean {
  if (one.store !== other.store) return false;
  return `${one.path}/`.startsWith(`${other.path}/`) || `${other.path}/`.startsWith(`${one.path}/`);
}

/** The older is less; of equal age, the one whose name comes first. */
const seniority = ({ metadata }: RepositoryObject): string =>
  `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * Who writes to the place of a StackRepository already, or to a folder in it or around it: the oldest of them. One that is
 * on its way out counts until it is gone.
 */
export function otherWriter(
  repository: RepositoryObject,
  others: readonly RepositoryObject[],
): RepositoryObject | undefined {
  if (isReadOnly(repository.spec)) return undefined;
  const place = placeOf(repository);
  const writers = others.filter(
    (other) =>
      other.metadata.uid !== repository.metadata.uid &&
      !isReadOnly(other.spec) &&
      seniority(other) < seniority(repository) &&
      overlap(placeOf(other), place),
  );
  return writers.toSorted((one, other) => (seniority(one) < seniority(other) ? -1 : 1))[0];
}
