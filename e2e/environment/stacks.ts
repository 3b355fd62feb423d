// Applies stacks, waits until they are ready and takes them away again, as a user with kubectl would.
import { stringify } from 'yaml';
import type { CaseContext } from '../cases/registry.ts';
import type { Kubectl } from './kubectl.ts';
import { found, seen, waitFor } from './wait.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** Which stack. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface Stack {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
  };
  readonly spec: Record<string, unknown>;
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly blocked?: readonly {
      readonly component: string;
      readonly rule: string;
      readonly subject: string;
      readonly message: string;
    }[];
    readonly elasticsearch?: { readonly clusterUUID?: string; readonly health?: string };
  };
}

/** Creates a namespace with a level of Pod Security, unless it is there. */
export async function ensureNamespace(
  kubectl: Kubectl,
  name: string,
  level: 'restricted' | 'baseline' | 'privileged',
): Promise<void> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
  };
  await kubectl(['apply', '-f', '-'], JSON.stringify(manifest));
}

/** Deletes a namespace, unless it is gone, and waits until all in it is. */
export async function deleteNamespace(kubectl: Kubectl, name: string, seconds = 180): Promise<void> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=true', `--timeout=${seconds}s`]);
}

export async function applyStack(kubectl: Kubectl, namespace: string, name: string, spec: object): Promise<void> {
  const manifest = {
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'LoggingStack',
    metadata: { name, namespace },
    spec,
  };
  await kubectl(['apply', '-f', '-'], stringify(manifest));
}

/** Changes fields of a spec, and leaves the others as they are. */
export const patchSpec = (kubectl: Kubectl, { namespace, name }: Place, spec: object): Promise<string> =>
  kubectl(['patch', 'loggingstack', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })]);

export const getStack = (kubectl: Kubectl, namespace: string, name: string): Promise<Stack> =>
  kubectl.json<Stack>(['get', 'loggingstack', name, '-n', namespace]);

export const conditionOf = (stack: Stack, type: string): Condition | undefined =>
  stack.status?.conditions?.find((condition) => condition.type === type);

/** One line that says where each component of a stack stands. */
function describeStack(stack: Stack): string {
  const conditions = stack.status?.conditions ?? [];
  const components = conditions.filter(({ type }) =>
    /^(Credentials|Elasticsearch|Kibana|Logstash|Filebeat)Ready$/.test(type),
  );
  return components
    .map(({ type, status, message }) => `${type.replace('Ready', '')} ${status === 'True' ? '✔' : `… ${message}`}`)
    .join(' | ');
}

/** Waits for a condition at the newest generation; prints a line whenever the picture changes. */
export async function waitForCondition(
  kubectl: Kubectl,
  place: Place,
  type: string,
  seconds: number,
  { log, signal }: Pick<CaseContext, 'log' | 'signal'>,
): Promise<Stack> {
  let last = '';
  return waitFor(
    `${type} of LoggingStack ${place.namespace}/${place.name}`,
    async () => {
      const stack = await getStack(kubectl, place.namespace, place.name);
      const picture = describeStack(stack);
      if (picture !== last) log(picture);
      last = picture;
      const condition = conditionOf(stack, type);
      const current = condition?.observedGeneration === stack.metadata.generation;
      return current && condition.status === 'True' ? found(stack) : seen(picture || 'no status yet');
    },
    { signal, seconds },
  );
}

/** Deletes a stack and waits until nothing of it runs any more. */
export async function deleteStack(
  kubectl: Kubectl,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await kubectl([
    'delete',
    'loggingstack',
    name,
    '-n',
    namespace,
    '--ignore-not-found',
    '--wait=true',
    '--timeout=120s',
  ]);
  await waitFor(
    `the pods of ${namespace}/${name} to be gone`,
    async () => {
      const pods = await kubectl([
        'get',
        'pods',
        '-n',
        namespace,
        '-l',
        `loggingstack.dev/stack=${name}`,
        '-o',
        'name',
      ]);
      return pods.trim() === '' ? found(undefined) : seen(pods.trim().replaceAll('\n', ' '));
    },
    { signal, seconds: 240 },
  );
}
