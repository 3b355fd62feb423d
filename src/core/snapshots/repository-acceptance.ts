// Whether a StackRepository can be used as it is described: all that must be so before any node gets to know of it.
import { dnsLabel } from '../../api/shapes.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { ConditionStatus } from '../status/conditions.ts';
import type { Credentials } from './credentials.ts';
import { otherWriter } from './places.ts';
import { claimOf, isOnNodes, moduleOf, takesSnapshots } from './repositories.ts';
import type { RepositoryLook } from './repository-look.ts';

export interface Verdict {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  /**
   * What nodes have of it must come off them: they could not start with it any more. Everything else leaves nodes alone,
   * for they run with what was accepted before.
   */
  readonly offNodes?: true;
}

const refused = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
const unbearable = (reason: string, message: string): Verdict => ({ ...refused(reason, message), offNodes: true });

/** The first thing that stands against it, or that nothing does. */
export function judge(look: RepositoryLook, credentials: Credentials): Verdict {
  return (
    judgeName(look) ??
    judgeStack(look) ??
    judgePlace(look) ??
    judgeClaim(look) ??
    (credentials.kind === 'unusable' ? refused(credentials.reason, credentials.message) : undefined) ??
    judgeType(look) ?? {
      status: 'True',
      reason: 'Accepted',
      message: 'It can be used as it is described.',
    }
  );
}

/** The name is part of the names of settings, where a dot would begin another part. */
function judgeName({ repository: { metadata } }: RepositoryLook): Verdict | undefined {
  if (dnsLabel.safeParse(metadata.name).success) return undefined;
  return refused(
    'NameNotUsable',
    'Elasticsearch knows the repository by its name, which may have no dots and at most 63 characters: make another StackRepository.',
  );
}

function judgeStack({ repository, stack }: RepositoryLook): Verdict | undefined {
  if (stack !== undefined) return undefined;
  const { name } = repository.spec.stackRef;
  return unbearable('NoSuchStack', `There is no LoggingStack ${name} in this namespace, or it is being deleted.`);
}

function judgePlace({ repository, others }: RepositoryLook): Verdict | undefined {
  const writer = otherWriter(repository, others);
  if (writer === undefined) return undefined;
  // Of other namespaces nobody is told more than that.
  const who =
    writer.metadata.namespace === repository.metadata.namespace
      ? `StackRepository ${writer.metadata.name}`
      : 'a StackRepository of another namespace';
  return refused(
    'PathTaken',
    `Snapshots of ${who}, which is older, are at the same place or in a folder of it. One place has one writer: set mode to ReadOnly, or make another StackRepository with another basePath.`,
  );
}

interface ClaimObject extends KubeObject {
  readonly spec?: { readonly accessModes?: readonly string[]; readonly volumeMode?: string };
  readonly status?: { readonly phase?: string };
}

function judgeClaim(look: RepositoryLook): Verdict | undefined {
  const name = claimOf(look.repository.spec);
  if (name === undefined) return undefined;
  const claim = look.claim as ClaimObject | undefined;
  const what = `PersistentVolumeClaim ${name}`;
  if (claim === undefined) return unbearable('NoSuchClaim', `There is no ${what} in this namespace.`);
  if (claim.metadata.deletionTimestamp !== undefined)
    return unbearable('NoSuchClaim', `${what} is being deleted: it goes when no node mounts it any more.`);
  if (claim.status?.phase === 'Lost') return unbearable('NoSuchClaim', `The volume of ${what} is lost.`);
  if (claim.spec?.volumeMode === 'Block')
    return unbearable('ClaimNotUsable', `${what} is a block device: its volumeMode must be Filesystem.`);
  const nodes = nodesOf(look);
  if (nodes > 1 && claim.spec?.accessModes?.includes('ReadWriteMany') !== true)
    return unbearable(
      'ClaimNotShared',
      `${nodes} nodes must mount ${what}, which does not allow that: its accessModes must have ReadWriteMany.`,
    );
  return undefined;
}

/** Nodes that mount the claim. */
const nodesOf = ({ stack }: RepositoryLook): number =>
  (stack?.elasticsearch.pools ?? []).filter(takesSnapshots).reduce((sum, pool) => sum + pool.replicas, 0);

/** Nodes that have the settings of a type without its module do not start. Those that run with them have it. */
function judgeType({ repository, modules }: RepositoryLook): Verdict | undefined {
  const module = moduleOf(repository.spec);
  if (module === undefined || isOnNodes(repository)) return undefined;
  if (modules === undefined || !modules.answered) {
    const { code, message } = modules ?? { code: 'EsUnreachable', message: 'No Elasticsearch node is ready yet.' };
    return { status: 'Unknown', reason: code, message: `Whether Elasticsearch has ${module} is not known. ${message}` };
  }
  if (modules.value.includes(module)) return undefined;
  return unbearable(
    'TypeNotSupported',
    `This Elasticsearch has no ${module}, which type ${repository.spec.type} needs: use an image that has it.`,
  );
}
