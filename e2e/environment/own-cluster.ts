// A cluster of the user's own: chosen by KUBECONFIG or a context, checked before it is changed, and left as it was found.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { managedBy } from '../../src/core/names.ts';
import { run } from '../cluster/process.ts';
import { installOperator, madeByAnnotation, type OfficialInstallation, operatorManifests } from './install.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import type { SiteDescription } from './site.ts';

export interface OwnCluster extends AsyncDisposable {
  readonly site: SiteDescription;
  /** Throws when anything of what would be installed or made is there already. */
  refuseTaken(): Promise<void>;
  install(note: (text: string) => void): Promise<void>;
  /** Takes away the stacks, the namespaces and the operator that were made here. */
  remove(log: (line: string) => void): Promise<void>;
}

interface OwnClusterOptions {
  readonly installation: OwnInstallation;
  /** Name of a context of the kubeconfig; undefined for its current one. */
  readonly context: string | undefined;
  /** All namespaces that will be made besides the operator's own. */
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal;
}

const oldestMinor = 30;

/** Whether KUBECONFIG or a context asks for a cluster of the user's own. */
export const wantsOwnCluster = (context: string | undefined): boolean =>
  context !== undefined || (process.env['KUBECONFIG'] ?? '') !== '';

const required = (name: string, what: string, source: string): string => {
  const value = process.env[name] ?? '';
  if (value !== '') return value;
  throw new Error(
    `${name} is not set. A cluster of your own was asked for, by KUBECONFIG or a context: set ${name} to ${what} that it can pull, built from ${source}; or ask for neither to use a local node.`,
  );
};

/** What OPERATOR_CONFIG, a YAML file, says instead of the shipped configuration; empty when it is not set. */
async function configurationChanges(): Promise<Readonly<Record<string, unknown>>> {
  const path = process.env['OPERATOR_CONFIG'] ?? '';
  if (path === '') return {};
  const changes: unknown = parse(await readFile(path, 'utf8'));
  if (typeof changes === 'object' && changes !== null && !Array.isArray(changes)) {
    return changes as Readonly<Record<string, unknown>>;
  }
  throw new Error(`OPERATOR_CONFIG: ${path} must be a YAML mapping of fields of the operator's configuration.`);
}

export interface OwnInstallation extends OfficialInstallation {
  readonly logWriterImage: string;
}

/** What the environment says is to be installed; throws when the user has not said where the images are. */
export async function ownInstallation(): Promise<OwnInstallation> {
  return {
    images: 'official',
    operatorImage: required('OPERATOR_IMAGE', 'an image of the operator', 'Dockerfile'),
    logWriterImage: required('LOG_WRITER_IMAGE', 'an image of the pod that writes log lines', 'e2e/images/log-writer'),
    configuration: await configurationChanges(),
  };
}

/**
 * One kubeconfig for the chosen context alone: KUBECONFIG may name several files, and the current context may be changed
 * by somebody else in the middle of a run.
 */
async function pinnedKubeconfig(context: string | undefined, folder: string, signal: AbortSignal): Promise<string> {
  const chosen = context === undefined ? [] : ['--context', context];
  const text = await run(['kubectl', 'config', 'view', '--raw', '--minify', '--flatten', ...chosen], { signal });
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

async function checkVersion(kubectl: Kubectl, log: (line: string) => void): Promise<void> {
  const context = (await kubectl(['config', 'current-context'])).trim();
  const { serverVersion } = await kubectl.json<{
    serverVersion: { gitVersion: string; major: string; minor: string };
  }>(['version']);
  log(`context ${context}: Kubernetes ${serverVersion.gitVersion}`);
  if (serverVersion.major === '1' && Number.parseInt(serverVersion.minor, 10) < oldestMinor) {
    throw new Error(`Kubernetes ${serverVersion.gitVersion} is too old: 1.${oldestMinor} or newer is needed.`);
  }
}

/** Throws when the cluster has anything of what will be installed or made: it is not ours to change. */
async function refuseTaken(kubectl: Kubectl, manifests: string, namespaces: readonly string[]): Promise<void> {
  const taken = [
    await kubectl(['get', '-f', '-', '-o', 'name', '--ignore-not-found'], manifests),
    await kubectl(['get', 'namespaces', ...namespaces, '-o', 'name', '--ignore-not-found']),
  ].flatMap((names) => names.split('\n').filter((name) => name !== ''));
  if (taken.length === 0) return;
  throw new Error(
    `The cluster has ${taken.join(', ')} already, which this program would install or make, and take away afterwards. ` +
      'Use a cluster that has none of them. If a demo left them there, take it down first: make demo-down CONTEXT=<name>.',
  );
}

async function removeAll(
  kubectl: Kubectl,
  manifests: string,
  namespaces: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  const crd = await kubectl(['get', 'crd', 'loggingstacks.loggingstack.dev', '-o', 'name', '--ignore-not-found']);
  // The operator, while it is there, takes away what a stack has outside of its namespace.
  for (const namespace of crd.trim() === '' ? [] : namespaces) {
    await kubectl(['delete', 'loggingstacks', '--all', '-n', namespace, '--wait=true', '--timeout=180s']);
  }
  log(`stacks are deleted; deleting the namespaces ${namespaces.join(', ')}`);
  await kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait=true', '--timeout=300s']);
  log('deleting the operator');
  await kubectl(['delete', '-f', '-', '--ignore-not-found', '--wait=true', '--timeout=180s'], manifests);
  const bound = ['get', 'clusterrolebindings', '-o', 'name', '-l', `app.kubernetes.io/managed-by=${managedBy}`];
  const left = (await kubectl(bound)).trim().replaceAll('\n', ', ');
  if (left !== '') throw new Error(`left behind on the cluster: ${left}; delete them with kubectl delete`);
  log('nothing is left on the cluster');
}

/** Looks at the cluster, and changes nothing yet. */
export async function ownCluster(options: OwnClusterOptions): Promise<OwnCluster> {
  const { installation, context, namespaces, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'loggingstack-own-'));
  const forget = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const kubeconfig = await pinnedKubeconfig(context, folder, signal);
    const { logWriterImage } = installation;
    const site = { cluster: undefined, kubectl: 'kubectl', kubeconfig, auditLog: undefined, logWriterImage };
    const manifests = await operatorManifests(installation);
    const kubectl = kubectlFor(site.kubectl, kubeconfig, signal);
    await checkVersion(kubectl, (line) => {
      console.log(line);
    });
    const all = [...new Set(namespaces)];
    return {
      site,
      refuseTaken: () => refuseTaken(kubectl, manifests, all),
      install: (note) => installOperator(site, installation, [], note, signal),
      // Of its own time: what was interrupted is taken away, too.
      remove: (log) => removeAll(kubectlFor('kubectl', kubeconfig, AbortSignal.timeout(900_000)), manifests, all, log),
      [Symbol.asyncDispose]: forget,
    };
  } catch (error) {
    await forget();
    throw error;
  }
}

/** Throws unless the operator on the cluster was put there by a program of ours. */
async function refuseForeign({ kubectl, kubeconfig }: SiteDescription, signal: AbortSignal): Promise<void> {
  const annotation = `{.metadata.annotations.${madeByAnnotation.replaceAll('.', String.raw`\.`)}}`;
  const namespace = ['namespace', 'loggingstack-system', '--ignore-not-found', '-o', `jsonpath=${annotation}`];
  const found = await kubectlFor(kubectl, kubeconfig, signal)(['get', ...namespace]);
  if (found.trim() !== '') return;
  throw new Error(
    `There is nothing to take down: namespace loggingstack-system is not on the cluster, or has no annotation ${madeByAnnotation}, so somebody else installed it.`,
  );
}

/** Takes away what an earlier run left on a cluster of the user's own. */
export async function removeFromOwnCluster(
  context: string | undefined,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = { images: 'official', operatorImage: '', logWriterImage: '', configuration: {} } as const;
  await using own = await ownCluster({ installation: unknown, context, namespaces, signal });
  await refuseForeign(own.site, signal);
  await own.remove((line) => {
    console.log(line);
  });
}
