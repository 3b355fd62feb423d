// containerd, kubelet, kube-proxy and CoreDNS: their configuration as data and their arguments.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CertificateAuthority } from './certificates.ts';
import type { Leaf } from './certificates.ts';
import { cgroupOf } from './cgroups.ts';
import { componentKubeconfig, flags, issueOnce } from './control-plane.ts';
import { dnsServiceAddress, nodeAddress, podCidr } from './layout.ts';
import type { Layout } from './layout.ts';
import { nodeDirectories } from './namespaces.ts';
import type { Program } from './process.ts';

export const nodeName = 'node-1';
export const pauseImage = 'docker.io/loggingstack/pause:1';

/** Client certificates that only a cluster with a node needs. */
export const nodeIdentities: Readonly<Record<string, Leaf>> = {
  kubelet: { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] },
  'kube-proxy': { commonName: 'system:kube-proxy' },
  coredns: { commonName: 'system:coredns' },
};

/** CoreDNS looks at these to answer for services and pods. */
export const coreDnsRole = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:coredns' },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'system:coredns' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
    subjects: [{ kind: 'User', name: 'system:coredns', apiGroup: 'rbac.authorization.k8s.io' }],
  },
];

// Paths within the node, whose /var/lib is its own; containerd's are its defaults.
const cniConfiguration = '/var/lib/cni/net.d';
const containerdSocket = '/run/containerd/containerd.sock';

const bridgeNetwork = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: podCidr, rangeEnd: '198.18.253.255' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

/** TOML, as containerd reads nothing else; there is nothing in it that varies. */
const containerdConfiguration = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE a negative score cannot be set, and every container would fail to start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniConfiguration}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;

/** How the kubelet rotates container logs; the small size lets tests see rotations. */
export interface LogRotation {
  readonly maxSize: string;
  readonly maxFiles: number;
}

export const defaultLogRotation: LogRotation = { maxSize: '1Mi', maxFiles: 10 };

export function kubeletConfiguration(layout: Layout, rotation: LogRotation): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      x509: { clientCAFile: join(layout.pki, 'ca.crt') },
      webhook: { enabled: true },
      anonymous: { enabled: false },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(layout.pki, 'kubelet-serving.crt'),
    tlsPrivateKeyFile: join(layout.pki, 'kubelet-serving.key'),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    volumePluginDir: '/var/lib/kubelet/volume-plugins', // the default would be made on the host
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsServiceAddress],
    resolvConf: '/dev/null', // there is no way out of the node's network, so no name outside to resolve
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupOf(layout.name),
    failSwapOn: false,
    oomScoreAdj: 0, // lowering it needs CAP_SYS_RESOURCE
    maxPods: 200,
    serializeImagePulls: false,
    imageGCHighThresholdPercent: 100, // images cannot be pulled again
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi' },
    containerLogMaxSize: rotation.maxSize,
    containerLogMaxFiles: rotation.maxFiles,
    containerLogMonitorInterval: '3s',
  };
}

// On all addresses of the node, so also on that of the DNS service.
const coreFile = (layout: Layout): string => `.:53 {
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${componentKubeconfig(layout, 'coredns')}
    ttl 5
  }
  cache 5
}
`;

const pathOf = {
  containerd: (layout: Layout) => join(layout.directory, 'node', 'containerd.toml'),
  kubelet: (layout: Layout) => join(layout.directory, 'node', 'kubelet.yaml'),
  coreFile: (layout: Layout) => join(layout.directory, 'node', 'Corefile'),
};

/** Writes the node's configuration files and the kubelet's serving certificate. */
export async function writeNodeFiles(layout: Layout, rotation: LogRotation): Promise<void> {
  const cni = join(nodeDirectories(layout).varLib, cniConfiguration.slice('/var/lib/'.length));
  await mkdir(cni, { recursive: true });
  await writeFile(join(cni, '10-pods.conflist'), JSON.stringify(bridgeNetwork, null, 2));
  await writeFile(pathOf.containerd(layout), containerdConfiguration);
  await writeFile(pathOf.kubelet(layout), stringify(kubeletConfiguration(layout, rotation)));
  await writeFile(pathOf.coreFile(layout), coreFile(layout));
  const authority = await CertificateAuthority.open(layout.pki);
  const serving = { commonName: `system:node:${nodeName}`, dnsNames: [nodeName], addresses: [nodeAddress] };
  await issueOnce(authority, join(layout.pki, 'kubelet-serving'), serving);
}

export function containerdProgram(layout: Layout): Program {
  return {
    part: 'containerd',
    command: 'containerd',
    args: ['--config', pathOf.containerd(layout)],
    logFile: join(layout.logs, 'containerd.log'),
  };
}

export function kubeletProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'kubelet',
    command: join(binaries, 'kubelet'),
    args: flags({
      config: pathOf.kubelet(layout),
      kubeconfig: componentKubeconfig(layout, 'kubelet'),
      'hostname-override': nodeName,
      'node-ip': nodeAddress,
    }),
    logFile: join(layout.logs, 'kubelet.log'),
  };
}

export function proxyProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'kube-proxy',
    command: join(binaries, 'kube-proxy'),
    args: flags({
      kubeconfig: componentKubeconfig(layout, 'kube-proxy'),
      'hostname-override': nodeName,
      'cluster-cidr': podCidr,
      'proxy-mode': 'iptables',
      'conntrack-max-per-core': 0, // the limit belongs to the whole machine: leave it as it is
      'oom-score-adj': 0,
    }),
    logFile: join(layout.logs, 'kube-proxy.log'),
  };
}

export function coreDnsProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'coredns',
    command: join(binaries, 'coredns'),
    args: ['-conf', pathOf.coreFile(layout)],
    logFile: join(layout.logs, 'coredns.log'),
  };
}
