// Nodes that exist only as objects: they stay Ready, and the pods scheduled to them become Ready without running.
import { setTimeout as delay } from 'node:timers/promises';
import { ignoreStatus } from './rest.ts';
import type { RestClient } from './rest.ts';
import { aimFor, isReached, isWaiting, reachedStatus, requiredObjects, waitingStatus } from './simulated-pods.ts';
import type { Pod } from './simulated-pods.ts';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const zones = ['zone-a', 'zone-b', 'zone-c'];

/** A simulated node: name, address, and objects as a kubelet would register them. */
function simulatedNode(index: number): { name: string; address: string; node: object; status: object } {
  const name = `simulated-${index}`;
  const address = `198.18.254.${index + 1}`; // never contacted: the control plane sends nothing to simulated nodes
  const capacity = { cpu: '16', memory: '64Gi', pods: '200', 'ephemeral-storage': '100Gi' };
  const time = new Date().toISOString();
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/zone': zones[index % zones.length],
      },
    },
  };
  const status = {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
      type,
      status: type === 'Ready' ? 'True' : 'False',
      reason: 'Simulated',
      message: 'this node exists only as an object',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    })),
  };
  return { name, address, node, status };
}

/** Registers the nodes, keeps their leases fresh and answers for their pods, until the signal aborts. */
export async function simulateNodes(client: RestClient, count: number, signal: AbortSignal): Promise<void> {
  const nodes = Array.from({ length: count }, (_, index) => simulatedNode(index));
  for (const { name, node, status } of nodes) {
    await client.ensure('/api/v1/nodes', node);
    await client.merge(`/api/v1/nodes/${name}/status`, { status });
  }
  const kubelets = new SimulatedKubelets(client, new Map(nodes.map(({ name, address }) => [name, address])));
  await Promise.all([
    renewLeases(
      client,
      nodes.map(({ name }) => name),
      signal,
    ),
    client.follow<Pod>(
      '/api/v1/pods',
      (pod, gone) => {
        kubelets.see(pod, gone);
      },
      signal,
    ),
  ]);
}

async function renewLeases(client: RestClient, names: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const renewTime = new Date().toISOString().replace('Z', '000Z'); // microseconds
    for (const name of names) {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } };
      const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
      await client.apply(`${leasePath}/${name}`, { ...lease, spec }).catch((error: unknown) => {
        console.error(`${renewTime} lease of ${name}: ${String(error)}`); // the next round tries again
      });
    }
    await delay(10_000, undefined, { signal }).catch(() => undefined);
  }
}

class SimulatedKubelets {
  readonly #client: RestClient;
  readonly #addresses: ReadonlyMap<string, string>;
  /** The newest look at each pod, by uid. */
  readonly #pods = new Map<string, Pod>();
  /** Pods that are being worked on: a change meanwhile is seen by the loop that is at it. */
  readonly #busy = new Set<string>();
  #podCount = 0;

  constructor(client: RestClient, addresses: ReadonlyMap<string, string>) {
    this.#client = client;
    this.#addresses = addresses;
  }

  see(pod: Pod, gone: boolean): void {
    const { uid = '' } = pod.metadata;
    if (gone) {
      this.#pods.delete(uid);
      return;
    }
    if (!this.#addresses.has(pod.spec.nodeName ?? '')) return;
    this.#pods.set(uid, pod);
    if (this.#busy.has(uid)) return;
    this.#busy.add(uid);
    this.#settle(uid)
      .catch((error: unknown) => {
        console.error(`${new Date().toISOString()} pod ${pod.metadata.name}: ${String(error)}`);
      })
      .finally(() => this.#busy.delete(uid));
  }

  /** Works on one pod until no newer look at it is left to act on. */
  async #settle(uid: string): Promise<void> {
    for (;;) {
      const pod = this.#pods.get(uid);
      if (pod === undefined || isReached(pod, aimFor(pod))) return;
      const missing = await this.#step(pod);
      if (missing) await delay(250);
      else if (this.#pods.get(uid) === pod) return; // the next look at it comes here again
    }
  }

  /** One step towards the aim; true when the pod waits for a Secret or ConfigMap. */
  async #step(pod: Pod): Promise<boolean> {
    const { name, namespace = '', uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const aim = aimFor(pod);
    if (aim === 'gone') {
      await this.#client.delete(path, uid);
      return false;
    }
    // With its uid the patch cannot hit a successor of the same name (a StatefulSet makes those at once).
    const patch = async (status: object): Promise<void> => {
      await this.#client.merge(`${path}/status`, { metadata: { uid }, status }).catch(ignoreStatus(404, 409, 422));
    };
    const found = await Promise.all(requiredObjects(pod).map(async (object) => this.#client.find(object)));
    if (found.includes(undefined)) {
      if (!isWaiting(pod)) await patch(waitingStatus(pod));
      return true;
    }
    const hostIP = this.#addresses.get(pod.spec.nodeName ?? '') ?? '';
    const podIP = pod.status?.podIP ?? this.#newAddress();
    await patch(reachedStatus(pod, aim, podIP, hostIP, new Date().toISOString()));
    return false;
  }

  #newAddress(): string {
    this.#podCount += 1;
    return `198.18.${Math.floor(this.#podCount / 250) % 250}.${1 + (this.#podCount % 250)}`;
  }
}
