// A real cluster of a case: its nodes by name, requests to whichever of them answers, and what it is at rest.
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import type { CaseNode } from '../../src/simulator/agreement/case.ts';
import type { AtRest } from '../../src/simulator/agreement/compare.ts';
import type { Machine } from './machine.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface Picture extends Omit<AtRest, 'writable' | 'replicas'> {
  /** Nothing is under way by Elasticsearch's own word. */
  readonly quiet: boolean;
}

const nobody: Picture = { health: 'none', members: [], master: undefined, voters: [], copies: [], quiet: true };

interface Rest {
  readonly members?: number | undefined;
  readonly left?: boolean;
  readonly disks?: boolean;
}

interface State {
  readonly master_node?: string;
  readonly nodes?: Readonly<Record<string, { readonly name: string }>>;
  readonly metadata?: { readonly cluster_coordination?: { readonly last_committed_config?: readonly string[] } };
  readonly routing_table?: {
    readonly indices?: Readonly<
      Record<string, { readonly shards: Readonly<Record<string, readonly { readonly node: string | null }[]>> }>
    >;
  };
}

interface Health {
  readonly status: AtRest['health'];
  readonly initializing_shards: number;
  readonly relocating_shards: number;
  readonly number_of_pending_tasks: number;
}

const stateParts =
  'filter_path=master_node,nodes.*.name,metadata.cluster_coordination.last_committed_config,routing_table.indices.*.shards.*.node';

export const isMaster = ({ roles }: CaseNode): boolean => roles.includes('master');

export class RealCluster {
  readonly #machine: Machine;
  readonly #addresses = new Map<string, string>();
  readonly #nodes = new Map<string, CaseNode>();
  readonly #running = new Set<string>();
  /** Ids of nodes by name, also of such that ran once. */
  readonly #ids = new Map<string, string>();
  /** Third part of the loopback addresses: no two clusters of a run share one. */
  readonly #network: number;
  readonly #usesDisks: boolean;
  #addressesGiven = 0;
  /** Nodes whose disks hold something that is not Elasticsearch's. */
  readonly #filled = new Set<string>();

  constructor(machine: Machine, network: number, usesDisks: boolean) {
    this.#machine = machine;
    this.#network = network;
    this.#usesDisks = usesDisks;
  }

  /** Defines nodes and starts them. `first`: master-eligible ones that form a new cluster. */
  async add(nodes: readonly CaseNode[], first: readonly string[]): Promise<void> {
    for (const node of nodes) {
      this.#nodes.set(node.name, node);
      this.#addressesGiven += 1;
      this.#addresses.set(node.name, `127.63.${this.#network}.${this.#addressesGiven}`);
    }
    for (const node of nodes) await this.#prepare(node, first);
    await this.start(nodes.map(({ name }) => name));
  }

  async start(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#machine.start(this.#folder(name), this.#nodes.get(name)?.version);
      this.#running.add(name);
    }
    await this.#untilTheyAnswer(names);
  }

  async kill(names: readonly string[]): Promise<void> {
    for (const name of names) this.#running.delete(name);
    await Promise.all(names.map((name) => this.#machine.kill(this.#folder(name))));
  }

  /** Ends all nodes and forgets what they wrote. */
  async remove(): Promise<void> {
    await this.#forget([...this.#nodes.keys()]);
  }

  async #forget(names: readonly string[]): Promise<void> {
    await this.kill(names.filter((name) => this.#running.has(name)));
    for (const name of names) {
      await this.#machine.shell('umount --lazy "$1/$2/data" 2>/dev/null || true; rm -rf "$1/$2"', this.#folder(name));
      this.#nodes.delete(name);
      this.#addresses.delete(name);
      this.#filled.delete(name);
    }
  }

  /** How many nodes must be started for a cluster of just these; undefined when its masters are others. */
  startsFor(nodes: readonly CaseNode[]): number | undefined {
    const masters = (all: readonly CaseNode[]): string => JSON.stringify(all.filter(isMaster));
    if (masters([...this.#nodes.values()]) !== masters(nodes)) return undefined;
    return nodes.filter((node) => !this.#runs(node)).length;
  }

  #runs(node: CaseNode): boolean {
    return this.#running.has(node.name) && JSON.stringify(this.#nodes.get(node.name)) === JSON.stringify(node);
  }

  /** Stopped masters run again, with their votes, and one of them is elected; disks are as empty as they were. */
  async restore(): Promise<void> {
    const stopped = [...this.#nodes.values()].filter((node) => isMaster(node) && !this.#running.has(node.name));
    await this.start(stopped.map(({ name }) => name));
    for (const name of this.#filled) await this.fillDisk(name, 0);
    await this.#until('no master is elected', async () => (await this.look()).master !== undefined);
  }

  /** Of just these nodes, with the same masters as before. What it holds must be of no use any more. */
  async become(nodes: readonly CaseNode[]): Promise<void> {
    const wanted = new Set(nodes.filter((node) => this.#runs(node)).map(({ name }) => name));
    await this.#forget([...this.#nodes.keys()].filter((name) => !wanted.has(name)));
    await this.add(
      nodes.filter(({ name }) => !wanted.has(name)),
      [],
    );
    await this.rest({ members: nodes.length, disks: this.#filled.size > 0 });
    this.#filled.clear();
  }

  async #prepare({ name, roles, attributes = {}, diskMebibytes }: CaseNode, first: readonly string[]): Promise<void> {
    const masters = [...this.#nodes.values()].filter(isMaster);
    const settings = {
      'cluster.name': `agreement-${this.#network}`,
      'node.name': name,
      'node.roles': roles,
      ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`node.attr.${key}`, value])),
      'network.host': this.#addresses.get(name),
      'discovery.seed_hosts': masters.map((node) => `${this.#addresses.get(node.name) ?? ''}:9300`),
      ...(roles.includes('master') && first.length > 0 ? { 'cluster.initial_master_nodes': first } : {}),
      'path.data': `/agreement/${this.#folder(name)}/data`,
      'path.logs': `/agreement/${this.#folder(name)}/logs`,
      'node.store.allow_mmap': false,
      'xpack.security.enabled': false,
      'cluster.info.update.interval': '10s',
      'cluster.routing.allocation.disk.threshold_enabled': this.#usesDisks,
    };
    // JSON is YAML, and no value needs to be quoted by hand.
    const script = `
mkdir -p "$1/$2/config" "$1/$2/data" "$1/$2/logs"
[ -z "$4" ] || mount -t tmpfs -o "size=$4m" "$2" "$1/$2/data"
printf '%s' "$3" > "$1/$2/config/elasticsearch.yml"
printf -- '-Xms160m\\n-Xmx160m\\n-XX:+UseSerialGC\\n-XX:TieredStopAtLevel=1\\n' > "$1/$2/config/jvm.options"
printf 'status = error\\nappender.console.type = Console\\nappender.console.name = console\\nappender.console.layout.type = PatternLayout\\nappender.console.layout.pattern = %%m%%n\\nrootLogger.level = warn\\nrootLogger.appenderRef.console.ref = console\\n' > "$1/$2/config/log4j2.properties"
chown -R 1000:0 "$1/$2"
`;
    await this.#machine.shell(script, this.#folder(name), JSON.stringify(settings), String(diskMebibytes ?? ''));
  }

  async #untilTheyAnswer(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const answers = async (): Promise<boolean> =>
        (await this.#askNode(name, 'GET', '/').catch(() => undefined)) !== undefined;
      await this.#until(`${name} does not answer`, answers, () => this.#machine.output(this.#folder(name)));
    }
  }

  async #until(not: string, look: () => Promise<boolean>, tell = () => Promise.resolve('')): Promise<void> {
    const deadline = performance.now() + 180_000;
    while (!(await look())) {
      if (performance.now() > deadline) throw new Error(`${not}: ${await tell()}`);
      await pause(250);
    }
  }

  async #askNode(
    name: string,
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Reply> {
    const { statusCode, body: answer } = await request(`http://${this.#addresses.get(name) ?? ''}:9200${path}`, {
      method,
      ...(body === undefined
        ? {}
        : {
            body: typeof body === 'string' ? body : JSON.stringify(body),
            headers: { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json' },
          }),
      signal: AbortSignal.timeout(40_000),
    });
    const text = await answer.text();
    return { status: statusCode, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** Asks the first node that answers. */
  async ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Reply> {
    let last: unknown = new Error('no node runs');
    for (const name of this.#running) {
      try {
        return await this.#askNode(name, method, path, body);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /** What a node that knows a master says; `nobody` when none does. */
  async look(): Promise<Picture> {
    for (const name of this.#running) {
      const wait = 'master_timeout=1s';
      const health = await this.#askNode(name, 'GET', `/_cluster/health?timeout=0s&${wait}`).catch(() => undefined);
      if (health === undefined || (health.status !== 200 && health.status !== 408)) continue;
      const state = await this.#askNode(name, 'GET', `/_cluster/state?${wait}&${stateParts}`).catch(() => undefined);
      if (state?.status !== 200) continue;
      const { nodes = {} } = state.body as State;
      for (const [id, node] of Object.entries(nodes)) this.#ids.set(node.name, id);
      return picture(health.body as Health, state.body as State);
    }
    return nobody;
  }

  /** Of its folder: two clusters of a run may have nodes of the same name. */
  #folder(name: string): string {
    return `${this.#network}-${name}`;
  }

  /** Waits until nothing changes any more. `members`: just so many must be there, or, with `left`, no more. `disks`: what was done to disks must have been seen. */
  async rest({ members, left = false, disks = false }: Rest = {}): Promise<Picture> {
    const deadline = performance.now() + 180_000;
    let [since, before] = [performance.now(), ''];
    for (;;) {
      const last = await this.look();
      const now = JSON.stringify(last);
      const count = last.members.length;
      const complete = members === undefined || count === members || (left && count < members);
      if (now !== before || !last.quiet || !complete) since = performance.now();
      before = now;
      if (performance.now() - since >= quietMilliseconds(last, disks)) return last;
      if (performance.now() > deadline) throw new Error(`it does not come to rest: ${now}`);
      await pause(300);
    }
  }

  /** Fills the disk of a node with something that is not Elasticsearch's, in all this much. */
  async fillDisk(name: string, mebibytes: number): Promise<void> {
    this.#filled.add(name);
    const script = 'head -c "$3" /dev/zero > "$1/$2/data/filler"';
    await this.#machine.shell(script, this.#folder(name), String(mebibytes * 1024 ** 2));
  }

  idOf(name: string): string {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`${name} was never seen`);
    return id;
  }

  get size(): number {
    return this.#running.size;
  }
}

/** Disks are looked at every ten seconds, and masters are missed for some. */
function quietMilliseconds({ health }: Picture, disks: boolean): number {
  if (disks) return 24_000;
  return health === 'none' ? 8000 : 2500;
}

function picture(health: Health, state: State): Picture {
  const nameOf = (id: string | null): string | undefined => (id === null ? undefined : state.nodes?.[id]?.name);
  const copies = Object.entries(state.routing_table?.indices ?? {}).flatMap(([index, { shards }]) =>
    Object.entries(shards).flatMap(([shard, rows]) =>
      rows.map(({ node }) => ({ index, shard: Number(shard), node: nameOf(node) })),
    ),
  );
  return {
    health: health.status,
    members: Object.values(state.nodes ?? {}).map(({ name }) => name),
    master: nameOf(state.master_node ?? null),
    voters: (state.metadata?.cluster_coordination?.last_committed_config ?? []).flatMap((id) => nameOf(id) ?? id),
    copies,
    quiet: health.initializing_shards + health.relocating_shards + health.number_of_pending_tasks === 0,
  };
}
