// Provides a node with the operator installed: a local one, or a cluster of the user's own when KUBECONFIG or a context says so.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts, TestCase } from '../cases/registry.ts';
import { kubernetesBinaries } from '../cluster/binaries.ts';
import { takeDown } from '../cluster/down.ts';
import { importImage } from '../cluster/images.ts';
import { layoutOf } from '../cluster/layout.ts';
import { networkPrefix } from '../cluster/namespaces.ts';
import { checkMachine } from '../cluster/preflight.ts';
import { runStepsOnTerminal, runStepsWithLog, type Step } from '../cluster/steps.ts';
import { upSteps } from '../cluster/up.ts';
import { buildImages, type BuiltImage } from '../images/build.ts';
import { installOperator } from './install.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import { localImages, type LocalVersion } from './local-images.ts';
import { type SiteDescription, siteEnvironment } from './site.ts';

/** A cluster that cases can run on. Disposing of it takes a local node down. */
export interface ProvidedNode extends AsyncDisposable {
  readonly site: SiteDescription;
  /** Put before a command to run it where the cluster's addresses can be reached. */
  readonly prefix: readonly string[];
}

/** A cluster of the user's own, by the usual variables; undefined when they ask for none. */
export function ownCluster(): { kubeconfig: string } | undefined {
  const kubeconfig = process.env['KUBECONFIG'];
  return kubeconfig === undefined || kubeconfig === '' ? undefined : { kubeconfig };
}

async function runSteps(steps: readonly Step[]): Promise<void> {
  if (process.stdout.isTTY) await runStepsOnTerminal(steps);
  else {
    await runStepsWithLog(steps, (line) => {
      console.log(line);
    });
  }
}

/** Throws when the cluster has an operator or the stack that the cases use: neither is ours to change. */
async function refuseTaken(kubectl: Kubectl): Promise<void> {
  const taken = [
    await kubectl([
      'get',
      'deployment',
      'loggingstack-operator',
      '-n',
      'loggingstack-system',
      '-o',
      'name',
      '--ignore-not-found',
    ]),
    await kubectl(['get', 'namespace', 'logging', '-o', 'name', '--ignore-not-found']),
  ].filter((found) => found.trim() !== '');
  if (taken.length === 0) return;
  throw new Error(
    `The cluster that KUBECONFIG names has ${taken.join(' and ').trim()} already. This program installs and changes both: use a cluster that has neither.`,
  );
}

/** Uses the cluster that KUBECONFIG names, with the official images; it is never taken down. */
async function provideOwn(kubeconfig: string, signal: AbortSignal): Promise<ProvidedNode> {
  const { OPERATOR_IMAGE: operatorImage, LOG_WRITER_IMAGE: logWriterImage } = process.env;
  if (operatorImage === undefined || logWriterImage === undefined) {
    throw new Error(
      'KUBECONFIG is set, so that cluster is used. Set OPERATOR_IMAGE and LOG_WRITER_IMAGE to images that it can pull (built from Dockerfile and e2e/images/log-writer), or unset KUBECONFIG to use a local node.',
    );
  }
  const site: SiteDescription = {
    cluster: undefined,
    kubectl: 'kubectl',
    kubeconfig,
    auditLog: undefined,
    logWriterImage,
  };
  await refuseTaken(kubectlFor(site.kubectl, kubeconfig, signal));
  const run = (note: (text: string) => void): Promise<void> =>
    installOperator(site, { images: 'official', operatorImage }, [], note, signal);
  await runSteps([{ title: 'operator', run }]);
  return { site, prefix: [], [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Builds and imports the images, then installs the operator from them. */
function imageSteps(
  name: string,
  versions: readonly LocalVersion[],
  site: SiteDescription,
  signal: AbortSignal,
): Step[] {
  const layout = layoutOf(name, 'node');
  let built: readonly BuiltImage[] = [];
  return [
    {
      title: 'images',
      run: async (note) => {
        built = await buildImages(localImages.namesFor(versions), { log: note });
      },
    },
    {
      title: 'images on the node',
      run: async (note) => {
        for (const { archive, name: image } of built) {
          note(image);
          await importImage(layout, archive, image);
        }
      },
    },
    {
      title: 'operator',
      run: async (note) => {
        const content = built.find((image) => image.name === localImages.operator)?.key ?? '';
        await installOperator(site, { images: 'local', content }, await networkPrefix(layout), note, signal);
      },
    },
  ];
}

/** Brings up a local node with images and operator; safe to repeat. */
export async function provideNode(
  name: string,
  signal: AbortSignal,
  versions: readonly LocalVersion[] = ['9.4.3'],
): Promise<ProvidedNode> {
  const own = ownCluster();
  if (own !== undefined) return provideOwn(own.kubeconfig, signal);
  // Before anything is built: whoever lacks Go should hear that, and not what a build makes of it.
  await checkMachine('node', (text) => {
    console.log(text);
  });
  const layout = layoutOf(name, 'node');
  const site: SiteDescription = {
    cluster: name,
    kubectl: join(await kubernetesBinaries(), 'kubectl'),
    kubeconfig: layout.kubeconfig,
    auditLog: layout.auditLog,
    logWriterImage: localImages.logWriter,
  };
  const up = await upSteps({ name, mode: 'node', simulatedNodes: 0, signal });
  await runSteps([...up, ...imageSteps(name, versions, site, signal)]);
  const prefix = await networkPrefix(layout);
  return { site, prefix, [Symbol.asyncDispose]: () => takeDown(name) };
}

/** Runs one of our programs inside the node's network and prints its lines; throws when it fails. */
export async function reenter(node: ProvidedNode, words: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...parameters] = [...node.prefix, process.execPath, ...words];
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...siteEnvironment(node.site) },
    signal,
    killSignal: 'SIGTERM',
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('close', (code) => {
    resolve(code ?? 1);
  });
  const code = await promise;
  if (code !== 0) throw new Error(`${words.join(' ')} ended with exit code ${code}; its lines above say why.`);
}

/** Runs cases in a process inside the node's network, and returns what it counted. */
export async function runInside(
  node: ProvidedNode,
  cases: readonly TestCase[],
  seed: number,
  signal: AbortSignal,
): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'loggingstack-counts-'));
  const counts = join(folder, 'counts.json');
  try {
    const names = cases.map((one) => one.name).join(',');
    await reenter(node, ['e2e/inside.ts', '--cases', names, '--seed', String(seed), '--counts', counts], signal);
    return JSON.parse(await readFile(counts, 'utf8')) as Counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
