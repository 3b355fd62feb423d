// Cases of the cluster harness itself: what it brings up works as a node should, and nothing of it stays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { takeDown } from '../cluster/down.ts';
import { goProgramImage } from '../cluster/images.ts';
import { startControlPlane, startNode } from '../cluster/start.ts';
import type { NodeCluster } from '../cluster/start.ts';
import { layoutOf } from '../cluster/layout.ts';
import { processesOf, stopProcesses, untilReady } from '../cluster/process.ts';
import { differences, hostTraces, namespacesOf, remainsOf } from '../cluster/traces.ts';
import type { CaseContext, TestCase } from './registry.ts';

const image = 'docker.io/loggingstack/probe:1';

/** A claim of a class of the cluster, or of the default one. */
function claim(name: string, accessMode: string, storageClassName?: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      accessModes: [accessMode],
      resources: { requests: { storage: '1Gi' } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}

/** A pod that is no root user and runs the probe with these arguments; claims are mounted at /<name of the claim>. */
function pod(name: string, args: readonly string[], claims: readonly string[] = []): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true },
      containers: [
        { name: 'probe', image, args, volumeMounts: claims.map((entry) => ({ name: entry, mountPath: `/${entry}` })) },
      ],
      volumes: claims.map((entry) => ({ name: entry, persistentVolumeClaim: { claimName: entry } })),
    },
  };
}

function service(name: string, app: string): object {
  const spec = { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

async function applyAndWait(node: NodeCluster, objects: readonly object[]): Promise<void> {
  await node.kubectl(['apply', '--filename', '-'], objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  await node.kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=180s']);
}

/** Runs the probe in a pod and returns what it printed. */
async function probe(node: NodeCluster, podName: string, ...args: readonly string[]): Promise<string> {
  return (await node.kubectl(['exec', podName, '--', '/probe', ...args])).trim();
}

async function startProbeNode(name: string, context: CaseContext): Promise<NodeCluster> {
  const { signal } = context;
  const node = await startNode({
    name,
    signal,
    log: (line) => {
      context.log(`${name} ${line}`);
    },
  });
  await node.importImage(await goProgramImage('probe'), image);
  return node;
}

async function volumesAndNames(node: NodeCluster): Promise<void> {
  await applyAndWait(node, [
    claim('data', 'ReadWriteOnce'),
    claim('share', 'ReadWriteMany', 'shared'),
    pod('web', ['serve', ':8080', `hello from ${node.name}`], ['data', 'share']),
    pod('other', ['sleep'], ['share']),
    service('greeting', 'web'),
  ]);
  await probe(node, 'web', 'write', '/data/file', 'kept');
  assert.equal(await probe(node, 'web', 'read', '/data/file'), 'kept');
  await probe(node, 'web', 'write', '/share/file', 'seen by both');
  assert.equal(await probe(node, 'other', 'read', '/share/file'), 'seen by both');
  const address = await node.kubectl(['get', 'service', 'greeting', '--output', 'jsonpath={.spec.clusterIP}']);
  assert.equal(await probe(node, 'other', 'resolve', 'greeting'), address);
  assert.equal(await probe(node, 'other', 'get', 'http://greeting.default.svc/'), `hello from ${node.name}`);
  // A pod that goes through a service to itself, and one that goes to the API server by its service.
  assert.equal(await probe(node, 'web', 'get', 'http://greeting/'), `hello from ${node.name}`);
  await assert.rejects(probe(node, 'other', 'get', 'https://kubernetes.default.svc/'), /unknown authority/);
  // Deleting a pod and making it anew keeps the volume; deleting the claim removes it.
  await node.kubectl(['delete', 'pod', 'web']);
  await applyAndWait(node, [pod('web', ['sleep'], ['data'])]);
  assert.equal(await probe(node, 'web', 'read', '/data/file'), 'kept');
  await node.kubectl(['delete', 'pod', 'web', 'other']);
  await node.kubectl(['delete', 'persistentvolumeclaim', 'data', 'share']);
  await untilReady({ what: 'released volumes are removed' }, async () => {
    const left = await readdir(join(node.logs, '..', 'volumes'));
    return left.length === 0 && (await node.kubectl(['get', 'persistentvolume', '--output', 'name'])) === '';
  });
}

async function logRotation(node: NodeCluster, context: CaseContext): Promise<void> {
  await applyAndWait(node, [pod('writer', ['print', '3000', '1000'])]);
  const logs = join(node.directories.varLog, 'pods');
  const files = async (): Promise<string[]> =>
    (await readdir(logs, { recursive: true })).filter((name) => name.includes('0.log'));
  await untilReady({ what: 'the kubelet rotates 3 MB of log at 1 MiB' }, async () => {
    return (await files()).length > 1;
  });
  context.log(`container log files: ${(await files()).join(', ')}`);
}

async function nodeWorks(context: CaseContext): Promise<undefined> {
  const before = await hostTraces();
  const layouts = ['case-node-a', 'case-node-b'].map((name) => layoutOf(name, 'node'));
  const namespaces: string[] = [];
  {
    await using first = await startProbeNode('case-node-a', context);
    await using second = await startProbeNode('case-node-b', context);
    for (const layout of layouts) namespaces.push(...(await namespacesOf(layout)));
    assert.equal(new Set(namespaces).size, 4, 'each cluster has namespaces of its own');
    await Promise.all([volumesAndNames(first), volumesAndNames(second)]);
    await logRotation(first, context);
    const logsOfSecond = await readdir(join(second.directories.varLog, 'pods'));
    assert.ok(!logsOfSecond.some((entry) => entry.includes('writer')), 'logs of one node are not on the other');
    await first.stop();
    assert.match(await second.kubectl(['get', '--raw', '/readyz']), /ok/, 'taking one down leaves the other up');
  }
  await takeDown('case-node-a'); // twice is safe
  for (const layout of layouts) assert.deepEqual(await remainsOf(layout, namespaces), []);
  assert.deepEqual(differences(before, await hostTraces()), []);
  return undefined;
}

/** Starts `up` by the command line and kills it when it prints the given step. */
async function killUpAt(name: string, step: string, signal: AbortSignal): Promise<void> {
  const cli = join(import.meta.dirname, '..', 'cluster', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'up', '--name', name], { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes(`${step} …`)) child.kill('SIGKILL');
  });
  child.once('error', reject).once('close', () => {
    resolve(undefined);
  });
  await promise;
  assert.equal(child.signalCode, 'SIGKILL', `"up" was not killed at "${step}":\n${output}`);
}

async function nodeSurvivesKills(context: CaseContext): Promise<undefined> {
  const name = 'case-node-killed';
  const layout = layoutOf(name, 'node');
  await takeDown(name);
  const before = await hostTraces();
  for (const step of [
    'network and mount namespaces',
    'etcd',
    'containerd and the pause image',
    'kubelet',
    'all nodes Ready',
  ]) {
    await killUpAt(name, step, context.signal);
    await takeDown(name);
    assert.deepEqual(await remainsOf(layout, []), [], `after "up" was killed at "${step}"`);
    context.log(`"up" killed at "${step}": nothing left after down`);
  }
  assert.deepEqual(differences(before, await hostTraces()), []);
  await using node = await startProbeNode(name, context);
  await applyAndWait(node, [pod('sleeper', ['sleep'])]);
  for (const part of ['kubelet', 'kube-apiserver', 'containerd', 'namespaces']) {
    const running = (await processesOf(layout.directory)).filter((entry) => entry.part === part);
    assert.ok(running.length > 0, `${part} runs`);
    await stopProcesses(running, 0);
    await repaired(name, context);
    const { signal } = context;
    await untilReady({ what: 'the pod answers again', signal }, async () => {
      return (await probe(node, 'sleeper', 'resolve', 'kubernetes.default.svc')) !== '';
    });
    context.log(`${part} killed: "up" repaired it`);
  }
  return undefined;
}

async function repaired(name: string, { signal }: CaseContext): Promise<void> {
  const cli = join(import.meta.dirname, '..', 'cluster', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'up', '--name', name], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  assert.equal(await promise, 0, '"up" on a damaged cluster');
}

async function controlPlaneSimulates(context: CaseContext): Promise<undefined> {
  const { signal } = context;
  await using cluster = await startControlPlane({ name: 'case-control-plane', simulatedNodes: 3, signal });
  const labels = { app: 'web' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'web', image: 'any', envFrom: [{ secretRef: { name: 'later' } }] }] },
  };
  const spec = { serviceName: 'web', replicas: 3, podManagementPolicy: 'Parallel', selector: { matchLabels: labels } };
  const volumeClaimTemplates = [claim('data', 'ReadWriteOnce')];
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web' } };
  const text = JSON.stringify({ ...set, spec: { ...spec, template, volumeClaimTemplates } });
  await cluster.kubectl(['apply', '--filename', '-'], text);
  await untilReady({ what: 'pods wait for their secret', signal }, async () =>
    (await cluster.kubectl(['get', 'pods'])).includes('CreateContainerConfigError'),
  );
  await cluster.kubectl(['create', 'secret', 'generic', 'later']);
  await cluster.kubectl(['rollout', 'status', 'statefulset/web', '--timeout=180s']);
  const unready = '{"metadata":{"annotations":{"simulation.loggingstack.dev/ready":"false"}}}';
  await cluster.kubectl(['patch', 'pod', 'web-0', '--type=merge', '--patch', unready]);
  await cluster.kubectl(['wait', 'pod', 'web-0', '--for=condition=Ready=false', '--timeout=180s']);
  const jane = await cluster.kubeconfigFor('jane', ['developers']);
  await assert.rejects(cluster.kubectl(['--kubeconfig', jane, 'get', 'pods']), /pods is forbidden: User "jane"/);
  return undefined;
}

export const nodeCases: readonly TestCase[] = [
  {
    name: 'control-plane',
    tier: 'integration',
    title: 'a control plane simulates nodes, serves claims and knows other users',
    minutes: 6,
    run: controlPlaneSimulates,
  },
  {
    name: 'node',
    tier: 'e2e',
    localOnly: 'it brings up local nodes of its own',
    title:
      'two nodes side by side run pods with claims, shared volumes, names and log rotation, and leave nothing behind',
    minutes: 6,
    run: nodeWorks,
  },
  {
    name: 'node-killed',
    tier: 'e2e',
    localOnly: 'it brings up local nodes of its own',
    title: 'an interrupted up leaves nothing after down, and up repairs what was killed',
    minutes: 12,
    run: nodeSurvivesKills,
  },
];
