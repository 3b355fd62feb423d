// For tests: the restricted Pod Security Standard as a check of pod templates, and a read-only root file system besides.
// Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (Restricted, which contains Baseline).

interface ContainerSecurity {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly procMount?: string;
  readonly seccompProfile?: { readonly type: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

interface Container {
  readonly name: string;
  readonly securityContext?: ContainerSecurity;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: ContainerSecurity & { readonly sysctls?: readonly unknown[] };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What in a pod spec a namespace that enforces restricted Pod Security would refuse; each with the field's path. */
export function restrictedViolations(podSpec: unknown): readonly string[] {
  const pod = podSpec as PodSpec;
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  return [
    ...(['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field] === true),
    ...(pod.securityContext?.sysctls === undefined ? [] : ['securityContext.sysctls']),
    ...(pod.volumes ?? []).filter((volume) => !allowedVolumes.some((kind) => kind in volume)).map(volumeName),
    ...containers.flatMap((container) =>
      containerViolations(container, pod.securityContext ?? {}).map((field) => `${container.name}: ${field}`),
    ),
  ];
}

const volumeName = (volume: Readonly<Record<string, unknown>>): string => `volume ${String(volume['name'])}`;

function containerViolations(container: Container, pod: ContainerSecurity): readonly string[] {
  const own = container.securityContext ?? {};
  const user = own.runAsUser ?? pod.runAsUser;
  const checks: Readonly<Record<string, boolean>> = {
    privileged: own.privileged !== true,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation === false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem === true,
    runAsNonRoot: (own.runAsNonRoot ?? pod.runAsNonRoot) === true,
    runAsUser: user === undefined || user > 0,
    procMount: own.procMount === undefined || own.procMount === 'Default',
    seccompProfile: ['RuntimeDefault', 'Localhost'].includes((own.seccompProfile ?? pod.seccompProfile)?.type ?? ''),
    'capabilities.drop': own.capabilities?.drop?.includes('ALL') === true,
    'capabilities.add': (own.capabilities?.add ?? []).every((capability) => capability === 'NET_BIND_SERVICE'),
    hostPort: (container.ports ?? []).every((port) => (port.hostPort ?? 0) === 0),
  };
  return Object.entries(checks).flatMap(([field, fine]) => (fine ? [] : [field]));
}
