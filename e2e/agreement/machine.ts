// Runs Elasticsearch nodes as plain processes on loopback addresses: each in the root file system of its version's image, with everything that they write in memory, gone with this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheKey } from '../cluster/cache.ts';
import { run, untilReady } from '../cluster/process.ts';
import { buildImages } from '../images/build.ts';
import type { ImageName } from '../images/catalog.ts';

/** Versions of Elasticsearch that nodes can be of. */
const versions = ['9.4.3', '8.19.8'] as const;
type Version = (typeof versions)[number];

interface Manifest {
  readonly layers: readonly { readonly digest: string }[];
}

/** Unpacks the layers of an image. None of ours deletes files of the one below, which would need more than unpacking. */
async function rootFileSystem(image: ImageName, log: (line: string) => void): Promise<string> {
  const [built] = await buildImages([image], { log });
  if (built === undefined) throw new Error(`${image} was not built`);
  const directory = await cached(cacheKey(`root-${image}`, [built.key]), async (target) => {
    log(`unpacking ${image}`);
    const content = async (path: string): Promise<string> => run(['tar', '-xOf', built.archive, path]);
    const index = JSON.parse(await content('index.json')) as { manifests: readonly { digest: string }[] };
    const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
    const manifest = JSON.parse(await content(blob(index.manifests[0]?.digest ?? ''))) as Manifest;
    const root = join(target, 'root');
    await mkdir(join(root, 'agreement'), { recursive: true });
    await run(['tar', '-xf', built.archive, '-C', target, 'blobs']);
    for (const { digest } of manifest.layers) await run(['tar', '-xzf', join(target, blob(digest)), '-C', root]);
    const deleted = (await readdir(root, { recursive: true })).filter((path) => path.includes('/.wh.'));
    if (deleted.length > 0) throw new Error(`${image} deletes files of its base: ${deleted.slice(0, 3).join(', ')}`);
    await run(['rm', '-r', join(target, 'blobs')]);
  });
  return join(directory, 'root');
}

/**
 * /agreement holds all that nodes write, and is the same in each root, with what is mounted in it later. A root is bound
 * onto itself because Java looks for the mount point that it is on.
 */
const setup = `
for root in "$@"; do
  mount --bind "$root" "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
done
mount -t tmpfs -o mode=0777 agreement "$1/agreement"
mount --make-shared "$1/agreement"
for root in "$@"; do [ "$root" = "$1" ] || mount --bind "$1/agreement" "$root/agreement"; done
touch "$1/agreement/prepared"
# The first process of its namespace: what ended is taken off its hands, too.
while :; do sleep 600 & wait; done
`;

export class Machine implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #roots: readonly string[];
  readonly #inner: number;

  private constructor(holder: ChildProcess, roots: readonly string[], inner: number) {
    this.#holder = holder;
    this.#roots = roots;
    this.#inner = inner;
  }

  static async open(log: (line: string) => void): Promise<Machine> {
    const roots: string[] = [];
    for (const version of versions) roots.push(await rootFileSystem(`elasticsearch-${version}`, log));
    const alone = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    const holder = spawn('unshare', [...alone, 'sh', '-euc', setup, 'sh', ...roots], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // However this process ends, its end is that of all nodes: they live in a process namespace of their own.
    process.once('exit', () => holder.kill('SIGKILL'));
    let inner = 0;
    await untilReady({ what: 'the namespaces of the nodes exist', timeoutMilliseconds: 30_000 }, async () => {
      const children = await readFile(`/proc/${holder.pid ?? 0}/task/${holder.pid ?? 0}/children`, 'utf8');
      inner = Number(children.trim().split(' ')[0]);
      if (inner === 0) return false;
      const prepared = join(roots[0] ?? '', 'agreement', 'prepared');
      await run(['nsenter', '--mount', '--target', String(inner), 'test', '-e', prepared]);
      return true;
    });
    return new Machine(holder, roots, inner);
  }

  /** Runs a shell script inside, with `$1` the folder of all that nodes write, and further words. */
  async shell(script: string, ...words: readonly string[]): Promise<string> {
    const written = join(this.#rootOf(versions[0]), 'agreement');
    return run(['nsenter', ...this.#enter(), 'sh', '-euc', script, 'sh', written, ...words]);
  }

  #enter(): readonly string[] {
    return ['--mount', '--pid', '--target', String(this.#inner)];
  }

  #rootOf(version: Version): string {
    return this.#roots[versions.indexOf(version)] ?? '';
  }

  /** Starts a node whose configuration is in /agreement/<name>/config, in a process group of its own. */
  start(name: string, version: Version = versions[0]): ChildProcess {
    const home = '/usr/share/elasticsearch';
    const script = `echo $$ > "$1/agreement/$2/pid"; exec chroot --userspec=1000:0 "$1" /usr/bin/env -i PATH="${home}/bin:/usr/bin:/bin" ES_PATH_CONF="/agreement/$2/config" CLI_JAVA_OPTS="-Xmx48m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" ${home}/bin/elasticsearch >> "$1/agreement/$2/output" 2>&1`;
    const words = [...this.#enter(), 'setsid', 'sh', '-euc', script, 'sh', this.#rootOf(version), name];
    return spawn('nsenter', words, { stdio: 'ignore' });
  }

  /** SIGKILL to the whole group: the launcher, and the server that it started. */
  async kill(name: string): Promise<void> {
    await this.shell('kill -s KILL -- "-$(cat "$1/$2/pid")"', name).catch((error: unknown) => {
      if (!String(error).includes('No such process')) throw error; // ended already
    });
  }

  /** The end of what a node printed. */
  output(name: string): Promise<string> {
    return this.shell('tail -n 15 "$1/$2/output" "$1/$2"/logs/*.log 2>/dev/null || true', name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once('exit', resolve));
    this.#holder.kill('SIGKILL');
    await gone;
  }
}
