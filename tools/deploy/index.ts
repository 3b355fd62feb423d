// The files of deploy/ that install the operator: for all namespaces, or for some.
import { stringify } from 'yaml';
import { definitions } from '../crd/definition.ts';
import {
  account,
  clusterConfiguration,
  configuration,
  deployment,
  namespace,
  namespacedConfiguration,
} from './operator.ts';
import { filebeatRole, type Manifest, operatorRoles, peopleRoles } from './roles.ts';

/** The namespace that the variant for single namespaces serves; change it where it stands in the file. */
const watched = ['logging'];

/** Everything that `kubectl apply -f deploy/operator.yaml` installs. */
export const clusterManifests = (): readonly Manifest[] => [
  namespace(),
  ...definitions,
  account(),
  ...operatorRoles(),
  filebeatRole(),
  ...peopleRoles(),
  configuration(clusterConfiguration),
  deployment(),
];

/** The same with rights in the watched namespaces only. */
export const namespacedManifests = (): readonly Manifest[] => [
  namespace(),
  ...definitions,
  account(),
  ...operatorRoles(watched),
  filebeatRole(),
  ...peopleRoles(),
  configuration(namespacedConfiguration(watched)),
  deployment(),
];

const file = (path: string, comments: readonly string[], manifests: readonly Manifest[]) => ({
  path,
  text: () =>
    [
      ...comments.map((line) => `# ${line}\n`),
      manifests.map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n'),
    ].join(''),
});

/** `generatedBy` says in each file where it comes from. */
export function deployFiles(generatedBy: string): readonly { readonly path: string; readonly text: () => string }[] {
  return [
    file(
      'deploy/operator.yaml',
      ['The operator for all namespaces. Install: kubectl apply --server-side -f deploy/operator.yaml', generatedBy],
      clusterManifests(),
    ),
    file(
      'deploy/operator-namespaced.yaml',
      [
        `The operator for the namespace ${watched.join(', ')} only, which must exist: no rights in any other, besides its own.`,
        'For other namespaces, repeat the Role and the RoleBinding named loggingstack-operator, and list them in watchNamespaces.',
        generatedBy,
      ],
      namespacedManifests(),
    ),
  ];
}
