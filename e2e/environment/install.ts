// Installs the operator from deploy/operator.yaml, the file that users apply; on a local node with the local images.
import { readFile } from 'node:fs/promises';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { run } from '../cluster/process.ts';
import { untilKindsServed } from './kinds.ts';
import { localImages } from './local-images.ts';
import type { SiteDescription } from './site.ts';

/** With the images that the harness built. */
interface LocalInstallation {
  readonly images: 'local';
  readonly logLevel?: string;
  /** Changes with what is in the operator's image, whose name stays the same: new content needs new pods. */
  readonly content?: string;
}

/** As shipped. */
export interface OfficialInstallation {
  readonly images: 'official';
  /** Where the cluster can pull the operator's image. */
  readonly operatorImage: string;
  /** Fields that replace those of the shipped configuration. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export type Installation = LocalInstallation | OfficialInstallation;

/** On the operator's namespace where a program of ours made it: so that none takes down what somebody else installed. */
export const madeByAnnotation = 'loggingstack.dev/installed-by';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; annotations?: Record<string, string> };
  data?: Record<string, string>;
  spec?: {
    template?: {
      metadata?: { annotations?: Record<string, string> };
      spec?: { containers?: { image: string }[] };
    };
  };
}

/** What replaces fields of the shipped configuration: on a local node the images, and memory mapping, which its kernel may not allow. */
function configurationChanges(installation: Installation): Readonly<Record<string, unknown>> {
  if (installation.images === 'official') return installation.configuration;
  const { logLevel } = installation;
  return { images: localImages.table, allowMemoryMap: false, ...(logLevel === undefined ? {} : { logLevel }) };
}

function adapt(manifest: Manifest, installation: Installation): Manifest {
  const configuration = manifest.data?.['config.yaml'];
  if (manifest.kind === 'ConfigMap' && manifest.data !== undefined && configuration !== undefined) {
    const adapted = { ...(parse(configuration) as Record<string, unknown>), ...configurationChanges(installation) };
    return { ...manifest, data: { ...manifest.data, 'config.yaml': stringify(adapted, { lineWidth: 0 }) } };
  }
  const local = installation.images === 'local';
  if (manifest.kind === 'Deployment') {
    for (const container of manifest.spec?.template?.spec?.containers ?? []) {
      container.image = local ? localImages.operator : installation.operatorImage;
    }
    const metadata = manifest.spec?.template?.metadata;
    const content = local ? installation.content : undefined;
    if (metadata !== undefined && content !== undefined) metadata.annotations = { ...metadata.annotations, content };
  }
  if (manifest.kind === 'Namespace') {
    manifest.metadata.annotations = { ...manifest.metadata.annotations, [madeByAnnotation]: 'e2e' };
  }
  return manifest;
}

/** The manifests to apply. */
export async function operatorManifests(installation: Installation): Promise<string> {
  const text = await readFile('deploy/operator.yaml', 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return manifests
    .filter((manifest) => manifest !== null)
    .map((manifest) => stringify(adapt(manifest, installation), { lineWidth: 0 }))
    .join('---\n');
}

/** Applies the manifests and waits until the operator is available. */
export async function installOperator(
  site: SiteDescription,
  installation: Installation,
  prefix: readonly string[],
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const kubectl = (args: readonly string[], input = ''): Promise<string> =>
    run([...prefix, site.kubectl, '--kubeconfig', site.kubeconfig, ...args], { signal, input });
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], await operatorManifests(installation));
  note('waiting for the operator to be available');
  await untilKindsServed(kubectl, signal);
  await kubectl([
    'rollout',
    'status',
    'deployment/loggingstack-operator',
    '-n',
    'loggingstack-system',
    '--timeout=180s',
  ]);
}
