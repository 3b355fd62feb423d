// Provides a node with the operator installed: a local one, or a cluster of the user's own when KUBECONFIG or a context says so.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCase } from '../cases/registry.ts';
import { kubernetesBinaries } from '../cluster/binaries.ts';
import { takeDown } from '../cluster/down.ts';
import { importImage } from '../cluster/images.ts';
import { layoutOf } from '../cluster/layout.ts';
import { networkPrefix } from '../cluster/namespaces.ts';
import { checkMachine } from '../cluster/preflight.ts';
import { runStepsOnTerminal, runStepsWithLog, type Step } from '../cluster/steps.ts';
import { upSteps } from '../cluster/up.ts';
import { buildImages, type BuiltImage } from '../images/build.ts';
import type { ImageName } from '../images/catalog.ts';
import { installOperator } from './install.ts';
import { localImages, type LocalVersion } from './local-images.ts';
import { ownCluster, ownInstallation } from './own-cluster.ts';
import type { RunResult } from '../run/runner.ts';
import { type SiteDescription, siteEnvironment } from './site.ts';

/** A cluster that cases can run on. Disposing of it takes a local node down, and from another takes what was made there. */
export interface ProvidedNode extends AsyncDisposable {
  readonly site: SiteDescription;
  /** Put before a command to run it where the cluster's addresses can be reached. */
  readonly prefix: readonly string[];
  /** Instead of disposing of it: leaves everything as it is for people. */
  keep(): Promise<void>;
}

interface OwnOptions {
  readonly context: string | undefined;
  /** Namespaces that will be made besides the operator's own. */
  readonly namespaces: readonly string[];
}

interface ProvideOptions {
  /** Stack versions that a local node needs images for. */
  readonly versions?: readonly LocalVersion[];
  /** Further images for it. */
  readonly images?: readonly ImageName[];
  /** Given when a cluster of the user's own is wanted. */
  readonly own?: OwnOptions | undefined;
}

async function runSteps(steps: readonly Step[]): Promise<void> {
  if (process.stdout.isTTY) await runStepsOnTerminal(steps);
  else {
    await runStepsWithLog(steps, (line) => {
      console.log(line);
    });
  }
}

/** Builds the programs of control planes, which takes minutes when nothing is cached, and tells how far it is. */
export const providePrograms = (): Promise<void> =>
  runSteps([
    { title: 'this machine', run: (note) => checkMachine('control-plane-only', note) },
    {
      title: 'Kubernetes programs',
      run: async (note) => {
        await kubernetesBinaries(note);
      },
    },
  ]);

/** Installs the operator on a cluster of the user's own; disposing of it takes away all that was made there. */
async function provideOwn(options: OwnOptions, signal: AbortSignal): Promise<ProvidedNode> {
  const own = await ownCluster({ installation: await ownInstallation(), ...options, signal });
  const log = (line: string): void => {
    console.log(line);
  };
  const takeAway = async (): Promise<void> => {
    try {
      await own.remove(log);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  };
  try {
    await own.refuseTaken();
  } catch (error) {
    await own[Symbol.asyncDispose]();
    throw error;
  }
  try {
    await runSteps([{ title: 'operator', run: (note) => own.install(note) }]);
  } catch (error) {
    await takeAway();
    throw error;
  }
  return { site: own.site, prefix: [], keep: async () => own[Symbol.asyncDispose](), [Symbol.asyncDispose]: takeAway };
}

/** Where a local node is. To be asked only after its programs were built, which takes minutes and tells how far it is. */
async function localSite(name: string): Promise<SiteDescription> {
  const { kubeconfig, auditLog } = layoutOf(name, 'node');
  const kubectl = join(await kubernetesBinaries(), 'kubectl');
  return { cluster: name, kubectl, kubeconfig, auditLog, logWriterImage: localImages.logWriter };
}

/** Builds and imports the images, then installs the operator from them. */
function imageSteps(name: string, images: readonly ImageName[], signal: AbortSignal): Step[] {
  const layout = layoutOf(name, 'node');
  let built: readonly BuiltImage[] = [];
  return [
    {
      title: 'images',
      run: async (note) => {
        built = await buildImages(images, { log: note });
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
        await installOperator(
          await localSite(name),
          { images: 'local', content },
          await networkPrefix(layout),
          note,
          signal,
        );
      },
    },
  ];
}

/** Brings up a local node with images and operator, which is safe to repeat; or uses a cluster of the user's own. */
export async function provideNode(
  name: string,
  signal: AbortSignal,
  { versions = ['9.4.3'], images = [], own }: ProvideOptions = {},
): Promise<ProvidedNode> {
  if (own !== undefined) return provideOwn(own, signal);
  // Before anything is built: whoever lacks Go should hear that, and not what a build makes of it.
  await checkMachine('node', (text) => {
    console.log(text);
  });
  const up = await upSteps({ name, mode: 'node', simulatedNodes: 0, signal });
  await runSteps([...up, ...imageSteps(name, [...localImages.namesFor(versions), ...images], signal)]);
  const prefix = await networkPrefix(layoutOf(name, 'node'));
  return {
    site: await localSite(name),
    prefix,
    keep: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => takeDown(name),
  };
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

/** Runs cases in a process inside the node's network, and returns what came of them. */
export async function runInside(
  node: ProvidedNode,
  cases: readonly TestCase[],
  seed: number,
  signal: AbortSignal,
): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), 'loggingstack-counts-'));
  const counts = join(folder, 'counts.json');
  try {
    const names = cases.map((one) => one.name).join(',');
    await reenter(node, ['e2e/inside.ts', '--cases', names, '--seed', String(seed), '--counts', counts], signal);
    return JSON.parse(await readFile(counts, 'utf8')) as RunResult;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
