// etcd, kube-apiserver, kube-controller-manager and kube-scheduler: their files, their arguments, their start.
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CertificateAuthority, serviceAccountKeys, writePrivate } from './certificates.ts';
import type { Leaf } from './certificates.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { apiServerPort, apiServiceAddress, serviceCidr } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Program } from './process.ts';

/** Group that RBAC lets do everything. */
const administrators = 'system:masters';

/** Every request is recorded once, when it is answered: who, what, with which user agent; never its content. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

const clientIdentities: Readonly<Record<string, Leaf>> = {
  admin: { commonName: 'admin', organizations: [administrators] },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  companion: { commonName: 'loggingstack-e2e-companion', organizations: [administrators] },
};

const fileOf = {
  serving: (layout: Layout) => join(layout.pki, 'kube-apiserver'),
  kubeletClient: (layout: Layout) => join(layout.pki, 'kubelet-client'),
  serviceAccount: (layout: Layout) => join(layout.pki, 'service-account'),
  auditPolicy: (layout: Layout) => join(layout.directory, 'audit-policy.yaml'),
};

/** Path of the kubeconfig of one of the cluster's own identities. */
export function componentKubeconfig(layout: Layout, identity: string): string {
  return identity === 'admin' ? layout.kubeconfig : join(layout.pki, `${identity}.kubeconfig`);
}

/** Writes certificates, keys, kubeconfigs and the audit policy. What exists stays, so that running programs agree with it. */
export async function writeControlPlaneFiles(
  layout: Layout,
  furtherIdentities: Readonly<Record<string, Leaf>> = {},
): Promise<void> {
  await mkdir(layout.pki, { recursive: true, mode: 0o700 });
  await mkdir(layout.logs, { recursive: true });
  const authority = await CertificateAuthority.open(layout.pki);
  await issueOnce(authority, fileOf.serving(layout), {
    commonName: 'kube-apiserver',
    dnsNames: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
    addresses: [layout.address, apiServiceAddress],
  });
  await issueOnce(authority, fileOf.kubeletClient(layout), {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: [administrators],
  });
  if (!(await exists(`${fileOf.serviceAccount(layout)}.key`))) {
    const keys = await serviceAccountKeys();
    await writeFile(`${fileOf.serviceAccount(layout)}.pub`, keys.publicKey);
    await writePrivate(`${fileOf.serviceAccount(layout)}.key`, keys.privateKey);
  }
  for (const [identity, leaf] of Object.entries({ ...clientIdentities, ...furtherIdentities })) {
    const path = componentKubeconfig(layout, identity);
    if (!(await exists(path))) await writeKubeconfig(layout, path, leaf);
  }
  await writeFile(fileOf.auditPolicy(layout), stringify(auditPolicy));
}

/** Signs a client certificate for the user and writes the kubeconfig that holds it. */
export async function writeKubeconfig(layout: Layout, path: string, leaf: Leaf): Promise<void> {
  const authority = await CertificateAuthority.open(layout.pki);
  const identity = await authority.issue(leaf);
  const { name: cluster, server } = layout;
  await writePrivate(
    path,
    renderKubeconfig({ cluster, server, authority: authority.certificatePem, user: leaf.commonName, identity }),
  );
}

/** Issues a certificate into `<path>.crt` and `<path>.key`, unless they are there. */
export async function issueOnce(authority: CertificateAuthority, path: string, leaf: Leaf): Promise<void> {
  if (await exists(`${path}.crt`)) return;
  const pair = await authority.issue(leaf);
  await writePrivate(`${path}.key`, pair.key);
  await writeFile(`${path}.crt`, pair.certificate);
}

/** Flags from data: `{a: 'b'}` is `--a=b`. */
export function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

export function etcdProgram(layout: Layout): Program {
  return {
    part: 'etcd',
    command: 'etcd',
    logFile: join(layout.logs, 'etcd.log'),
    environment: process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {},
    args: flags({
      name: layout.name,
      'data-dir': layout.etcdData,
      'unsafe-no-fsync': true, // a test cluster need not survive a power cut
      'listen-client-urls': layout.etcdUrl,
      'advertise-client-urls': layout.etcdUrl,
      'listen-peer-urls': layout.etcdPeerUrl,
      'initial-advertise-peer-urls': layout.etcdPeerUrl,
      'initial-cluster': `${layout.name}=${layout.etcdPeerUrl}`,
    }),
  };
}

export function apiServerProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'kube-apiserver',
    command: join(binaries, 'kube-apiserver'),
    logFile: join(layout.logs, 'kube-apiserver.log'),
    args: flags({
      'etcd-servers': layout.etcdUrl,
      'bind-address': layout.address,
      'advertise-address': layout.address,
      'secure-port': apiServerPort,
      'tls-cert-file': `${fileOf.serving(layout)}.crt`,
      'tls-private-key-file': `${fileOf.serving(layout)}.key`,
      'client-ca-file': join(layout.pki, 'ca.crt'),
      'kubelet-client-certificate': `${fileOf.kubeletClient(layout)}.crt`,
      'kubelet-client-key': `${fileOf.kubeletClient(layout)}.key`,
      'kubelet-certificate-authority': join(layout.pki, 'ca.crt'),
      'kubelet-preferred-address-types': 'InternalIP',
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-account-key-file': `${fileOf.serviceAccount(layout)}.pub`,
      'service-account-signing-key-file': `${fileOf.serviceAccount(layout)}.key`,
      'authorization-mode': 'Node,RBAC',
      // As on OpenShift: who sets blockOwnerDeletion must be allowed to set the owner's finalizers.
      'enable-admission-plugins': 'NodeRestriction,OwnerReferencesPermissionEnforcement',
      'allow-privileged': true,
      'service-cluster-ip-range': serviceCidr,
      // A loopback address is no endpoint that pods could use, and the API server refuses to publish one.
      'endpoint-reconciler-type': layout.mode === 'node' ? 'lease' : 'none',
      'audit-policy-file': fileOf.auditPolicy(layout),
      'audit-log-path': layout.auditLog,
      'audit-log-maxsize': 2000,
    }),
  };
}

export function controllerManagerProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'kube-controller-manager',
    command: join(binaries, 'kube-controller-manager'),
    logFile: join(layout.logs, 'kube-controller-manager.log'),
    args: flags({
      kubeconfig: componentKubeconfig(layout, 'kube-controller-manager'),
      'secure-port': 0,
      'leader-elect': false,
      'use-service-account-credentials': true,
      // At the default of 20 requests a second, the controllers alone take five seconds to log in.
      'kube-api-qps': 300,
      'kube-api-burst': 600,
      'service-account-private-key-file': `${fileOf.serviceAccount(layout)}.key`,
      'root-ca-file': join(layout.pki, 'ca.crt'),
      'cluster-signing-cert-file': join(layout.pki, 'ca.crt'),
      'cluster-signing-key-file': join(layout.pki, 'ca.key'),
    }),
  };
}

export function schedulerProgram(layout: Layout, binaries: string): Program {
  return {
    part: 'kube-scheduler',
    command: join(binaries, 'kube-scheduler'),
    logFile: join(layout.logs, 'kube-scheduler.log'),
    args: flags({
      kubeconfig: componentKubeconfig(layout, 'kube-scheduler'),
      'secure-port': 0,
      'leader-elect': false,
    }),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
