// What the pods of a pool have for the stack's StackRepositories: volumes that nodes share, and credentials in their keystore. Without StackRepositories it is nothing.
import { annotations } from '../../names.ts';
import { hashOf } from '../../objects.ts';
import { restrictedContainer } from '../../pods.ts';
import { fileKey } from '../../snapshots/credentials.ts';
import { claimsOf, mountPathOf, takesSnapshots, usesInWords } from '../../snapshots/repositories.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';
import { groupReads } from '../../workloads.ts';

const home = '/usr/share/elasticsearch';
const credentialsVolume = 'repository-credentials';
const credentialsPath = '/repository-credentials';

interface PodParts {
  readonly annotations: Readonly<Record<string, string>>;
  readonly initContainers: readonly object[];
  readonly volumes: readonly object[];
  /** Of the container of Elasticsearch. */
  readonly mounts: readonly object[];
}

const nothing: PodParts = { annotations: {}, initContainers: [], volumes: [], mounts: [] };

/** To be added to the pods of a pool that takes part in snapshots. */
export function repositoryParts(stack: ResolvedStack, pool: NodePool): PodParts {
  const { repositories } = stack;
  if (repositories.length === 0 || !takesSnapshots(pool)) return nothing;
  const claims = claimsOf(repositories);
  const credentials = repositories.flatMap((use) => use.credentials ?? []);
  return {
    annotations: { [annotations.repositories]: usesInWords(repositories) },
    initContainers: credentials.length === 0 ? [] : [keystoreContainer(stack, pool)],
    volumes: [
      ...claims.map((claim) => ({ name: volumeOf(claim), persistentVolumeClaim: { claimName: claim } })),
      ...(credentials.length === 0 ? [] : [credentialsProjection(credentials)]),
    ],
    mounts: claims.map((claim) => ({ name: volumeOf(claim), mountPath: mountPathOf(claim) })),
  };
}

/** The name of a claim may be longer than that of a volume, and have dots. */
const volumeOf = (claim: string): string => `snapshots-${hashOf(claim)}`;

/**
 * Each is optional: when a StackRepository goes, so does its Secret, and a pod that comes back on the template before
 * must start all the same.
 */
const credentialsProjection = (secrets: readonly string[]): object => ({
  name: credentialsVolume,
  projected: { defaultMode: groupReads, sources: secrets.map((name) => ({ secret: { name, optional: true } })) },
});

/**
 * Makes the keystore, in the config folder that the container before it has filled. Each file has the name of its setting.
 * No value is ever an argument: others could read it in the list of processes.
 */
export const keystoreScript = [
  'set -eu',
  `cd ${credentialsPath}`,
  `keystore=${home}/bin/elasticsearch-keystore`,
  // It may run again in the same pod.
  `rm -f ${home}/config/elasticsearch.keystore`,
  '"$keystore" create',
  'set --',
  `for file in *.${fileKey}; do [ ! -e "$file" ] || set -- "$@" "$file" "$PWD/$file"; done`,
  '[ "$#" -eq 0 ] || "$keystore" add-file "$@"',
  'set --',
  `for file in *; do case "$file" in *.${fileKey} | '*') ;; *) set -- "$@" "$file" ;; esac; done`,
  '[ "$#" -ne 0 ] || exit 0',
  // One value a line, in the order of the names.
  'for file in "$@"; do cat "$file" && echo; done | "$keystore" add --stdin "$@"',
].join('\n');

/** As much memory as Elasticsearch, which starts after it: so the pod needs no more than without it. */
const keystoreContainer = (stack: ResolvedStack, pool: NodePool): object => ({
  name: 'make-keystore',
  image: stack.images.elasticsearch.image,
  command: ['sh', '-c', keystoreScript],
  resources: pool.pod.resources,
  securityContext: restrictedContainer,
  volumeMounts: [
    { name: 'config', mountPath: `${home}/config` },
    { name: 'tmp', mountPath: '/tmp' },
    { name: credentialsVolume, mountPath: credentialsPath, readOnly: true },
  ],
});
