// Installs the operator from deploy/operator.yaml, the file that users apply; on a local node with the local images.
import { readFile } from 'node:fs/promises';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { run } from '../cluster/process.ts';
import { localImages } from './local-images.ts';
import type { SiteDescription } from './site.ts';

export interface Installation {
  /** `official`: as shipped. `local`: with the images that the harness built. */
  readonly images: 'official' | 'local';
  /** With the official images: where the cluster can pull the operator's image. */
  readonly operatorImage?: string;
  readonly logLevel?: string;
  /** Changes with what is in the operator's image, whose name stays the same: new content needs new pods. */
  readonly content?: string;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  data?: Record<string, string>;
  spec?: {
    template?: {
      metadata?: { annotations?: Record<string, string> };
      spec?: { containers?: { image: string }[] };
    };
  };
}

/** What differs on a local node: the images, and memory mapping, which this kernel's limits may not allow. */
function localize(manifest: Manifest, { logLevel, content }: Installation): Manifest {
  const configuration = manifest.data?.['config.yaml'];
  if (manifest.kind === 'ConfigMap' && manifest.data !== undefined && configuration !== undefined) {
    const given = parse(configuration) as Record<string, unknown>;
    const local = {
      ...given,
      images: localImages.table,
      allowMemoryMap: false,
      ...(logLevel === undefined ? {} : { logLevel }),
    };
    return { ...manifest, data: { ...manifest.data, 'config.yaml': stringify(local, { lineWidth: 0 }) } };
  }
  if (manifest.kind === 'Deployment') {
    for (const container of manifest.spec?.template?.spec?.containers ?? []) container.image = localImages.operator;
    const metadata = manifest.spec?.template?.metadata;
    if (metadata !== undefined && content !== undefined) metadata.annotations = { ...metadata.annotations, content };
  }
  return manifest;
}

/** The manifests to apply. */
export async function operatorManifests(installation: Installation): Promise<string> {
  const text = await readFile('deploy/operator.yaml', 'utf8');
  if (installation.images === 'official') {
    return text.replaceAll(/image: loggingstack\/operator:\S+/g, `image: ${installation.operatorImage ?? ''}`);
  }
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return manifests
    .filter((manifest) => manifest !== null)
    .map((manifest) => stringify(localize(manifest, installation), { lineWidth: 0 }))
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
  await kubectl(['wait', '--for=condition=Established', 'crd/loggingstacks.loggingstack.dev', '--timeout=60s']);
  await kubectl([
    'rollout',
    'status',
    'deployment/loggingstack-operator',
    '-n',
    'loggingstack-system',
    '--timeout=180s',
  ]);
}
