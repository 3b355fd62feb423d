// Fifteen named attacks of a tenant who may see, make, edit and scale LoggingStacks in one namespace, and nothing else. All must be refused.
import { found, seen, waitFor } from '../environment/wait.ts';

/** kubectl as one user: returns what it printed, throws with its output when it fails. */
export type RunKubectl = (args: readonly string[], input?: string) => Promise<string>;

/** Where an attack takes place. */
export interface Ground {
  readonly tenant: RunKubectl;
  /** For looking at what an attack changed. */
  readonly admin: RunKubectl;
  /** The tenant's namespace. It is not on the list of those that may collect from everywhere. */
  readonly namespace: string;
  /** A stack of the tenant's that is there. */
  readonly stack: string;
  /** A namespace in which the tenant has no rights. */
  readonly otherNamespace: string;
  readonly signal: AbortSignal;
}

export interface Attack {
  readonly name: string;
  /** What the tenant would have gained. */
  readonly gain: string;
  /** Who must refuse: the API server by the tenant's rights or by the schema, or the operator when it acts on the stack. */
  readonly refusedBy: 'authorization' | 'admission' | 'operator';
  /** Tries it, and returns the answer: the refusal in its own words, or what was got. */
  attempt(ground: Ground): Promise<string>;
  /** What the answer of a refusal looks like. */
  readonly refusal: RegExp;
}

const asText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The answer to a command of the tenant: the words of its refusal, or that it was allowed and what it printed. */
const answerTo = (ground: Ground, args: readonly string[], input?: object): Promise<string> =>
  ground
    .tenant(args, input === undefined ? undefined : JSON.stringify(input))
    .then((output) => `allowed: ${output}`, asText);

function byAuthorization(
  name: string,
  gain: string,
  right: string,
  command: (ground: Ground) => readonly string[],
  input?: (ground: Ground) => object,
): Attack {
  return {
    name,
    gain,
    refusedBy: 'authorization',
    attempt: (ground) => answerTo(ground, command(ground), input?.(ground)),
    refusal: new RegExp(`(forbidden|Forbidden)[^]*cannot ${right}`),
  };
}

const stackManifest = (name: string, namespace: string, spec: object): object => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'LoggingStack',
  metadata: { name, namespace },
  spec: { version: '9.4.3', ...spec },
});

function byAdmission(name: string, gain: string, spec: object, refusal: RegExp): Attack {
  return {
    name,
    gain,
    refusedBy: 'admission',
    attempt: (ground) =>
      answerTo(ground, ['create', '--dry-run=server', '-f', '-'], stackManifest('attack', ground.namespace, spec)),
    refusal,
  };
}

const inNamespace = ({ namespace }: Ground, path: string): string => `/api/v1/namespaces/${namespace}/${path}`;

/** A stack that costs as little as a stack can, and leaves nothing. */
const smallest = {
  elasticsearch: { topology: 'Combined', redundancy: 'None', data: { replicas: 1, storage: { size: '1Gi' } } },
  kibana: { replicas: 0 },
  volumes: { whenDeleted: 'Delete' },
};

/** A stack whose Secret has the name of one that belongs to somebody else: the operator must neither use nor change it. */
async function seizeSecret({ tenant, admin, namespace, signal }: Ground): Promise<string> {
  const stack = 'greedy';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${stack}-kb-token`, namespace } };
  await admin(['create', '-f', '-'], JSON.stringify({ ...secret, stringData: { token: 'of somebody else' } }));
  const version = () =>
    admin(['get', 'secret', secret.metadata.name, '-n', namespace, '-o', 'jsonpath={.metadata.resourceVersion}']);
  const before = await version();
  try {
    await tenant(['create', '-f', '-'], JSON.stringify(stackManifest(stack, namespace, smallest)));
    const said = await waitFor(
      'the operator to say that the Secret is not its own',
      async () => {
        const text = await tenant(['get', 'loggingstack', stack, '-n', namespace, '-o', 'jsonpath={.status}']);
        return text.includes('ForeignObject') && text.includes(secret.metadata.name) ? found(text) : seen(text);
      },
      { signal, seconds: 60 },
    );
    return (await version()) === before ? `untouched: ${said}` : `changed, although: ${said}`;
  } finally {
    await admin(['delete', 'loggingstack', stack, '-n', namespace, '--ignore-not-found', '--timeout=120s']);
    await admin(['delete', 'secret', secret.metadata.name, '-n', namespace, '--ignore-not-found']);
  }
}

/** Asks for the logs of all namespaces by fields that do not exist, past kubectl's own validation. */
async function collectEverything({ tenant, admin, namespace, stack }: Ground): Promise<string> {
  const filebeat = { collectEverywhere: true, paths: ['/var/log/pods/*/*/*.log'] };
  const patch = JSON.stringify({ spec: { filebeat } });
  const answer = await tenant(['patch', 'loggingstack', stack, '-n', namespace, '--type=merge', '-p', patch]).catch(
    asText,
  );
  const kept = await tenant(['get', 'loggingstack', stack, '-n', namespace, '-o', 'jsonpath={.spec.filebeat}']);
  const config = await admin(['get', 'configmap', `${stack}-fb-config`, '-n', namespace, '-o', 'jsonpath={.data}']);
  const paths = [...config.matchAll(/\/var\/log\/pods\/[^/\s"\\]*\/\*\/\*\.log\*?/g)].map(([path]) => path);
  const bindings = await admin(['get', 'clusterrolebindings', '-o', 'name', '-l', `loggingstack.dev/stack=${stack}`]);
  const everywhere = bindings.split('\n').filter((name) => name.endsWith(`:${namespace}:${stack}`));
  const own = paths.length > 0 && paths.every((path) => path.startsWith(`/var/log/pods/${namespace}_*/`));
  const unmoved = own && everywhere.length === 0 && !kept.includes('collectEverywhere');
  return `${unmoved ? 'own namespace only' : 'more than the own namespace'}: ${paths.join(', ')}; ${answer.trim()}`;
}

export const attacks: readonly Attack[] = [
  byAuthorization(
    'read-elastic-password',
    'the superuser of Elasticsearch',
    'get resource "secrets"',
    ({ namespace, stack }) => ['get', 'secret', `${stack}-es-elastic-user`, '-n', namespace],
  ),
  byAuthorization(
    'exec-into-filebeat',
    'the log files of every pod of the Kubernetes node',
    'create resource "pods/exec"',
    (ground) => ['create', '--raw', inNamespace(ground, `pods/${ground.stack}-fb-x/exec?command=ls`), '-f', '-'],
    () => ({}),
  ),
  byAuthorization(
    'reach-elasticsearch-by-proxy',
    'requests to Elasticsearch from outside of the cluster',
    'get resource "services/proxy"',
    (ground) => ['get', '--raw', inNamespace(ground, `services/https:${ground.stack}-es-http:9200/proxy/`)],
  ),
  byAuthorization(
    'token-of-filebeat',
    'the account that reads Pods',
    'create resource "serviceaccounts/token"',
    (ground) => ['create', '--raw', inNamespace(ground, `serviceaccounts/${ground.stack}-fb/token`), '-f', '-'],
    () => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  ),
  byAuthorization(
    'impersonate-operator',
    'every Secret of the cluster',
    'impersonate resource "serviceaccounts"',
    ({ namespace }) => [
      'get',
      'secrets',
      '-n',
      namespace,
      '--as=system:serviceaccount:loggingstack-system:loggingstack-operator',
    ],
  ),
  byAuthorization('bind-filebeat-role', 'the Pods of all namespaces', 'create resource "clusterrolebindings"', () => [
    'create',
    'clusterrolebinding',
    'attack',
    '--clusterrole=loggingstack-filebeat',
    '--user=mallory',
  ]),
  byAuthorization(
    'edit-operator-configuration',
    'images of their own, and the logs of all namespaces',
    'update resource "configmaps"',
    () => [
      'replace',
      '--raw',
      '/api/v1/namespaces/loggingstack-system/configmaps/loggingstack-operator-config',
      '-f',
      '-',
    ],
    () => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'loggingstack-operator-config', namespace: 'loggingstack-system' },
      data: { 'config.yaml': 'collectEverywhereFrom: [team]' },
    }),
  ),
  byAuthorization(
    'forge-status',
    'a status on which others rely',
    'patch resource "loggingstacks/status"',
    ({ namespace, stack }) => [
      'patch',
      'loggingstack',
      stack,
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"version":"0.0.0"}}',
    ],
  ),
  byAuthorization(
    'stack-in-another-namespace',
    'the logs of another namespace',
    'create resource "loggingstacks"',
    () => ['create', '-f', '-'],
    ({ otherNamespace }) => stackManifest('attack', otherNamespace, smallest),
  ),
  byAdmission(
    'own-image',
    'code of their own in a pod that the operator makes',
    { logstash: { image: 'example.test/evil' } },
    /unknown field "spec\.logstash\.image"/,
  ),
  byAdmission(
    'host-path',
    'files of the Kubernetes node',
    { logstash: { volumes: [{ name: 'node', hostPath: { path: '/' } }] } },
    /unknown field "spec\.logstash\.volumes"/,
  ),
  byAdmission(
    'security-off',
    'an Elasticsearch that asks nobody for a password',
    { elasticsearch: { config: { 'xpack.security.enabled': 'false' } } },
    /the operator sets this key itself/,
  ),
  byAdmission(
    'hijack-service',
    'requests and passwords that are meant for Elasticsearch',
    { kibana: { labels: { 'loggingstack.dev/component': 'elasticsearch', 'loggingstack.dev/http': 'true' } } },
    /labels under loggingstack\.dev\/ and kubernetes\.io\/ are set by the operator/,
  ),
  {
    name: 'seize-foreign-secret',
    gain: 'a Secret of somebody else, overwritten or used',
    refusedBy: 'operator',
    attempt: seizeSecret,
    refusal: /^untouched: [^]*ForeignObject/,
  },
  {
    name: 'collect-all-logs',
    gain: 'the logs of every pod of the cluster',
    refusedBy: 'operator',
    attempt: collectEverything,
    refusal: /^own namespace only: /,
  },
];

interface AttackResult {
  readonly attack: Attack;
  readonly refused: boolean;
  readonly answer: string;
}

/** Tries attacks one after the other. An attempt that fails for a reason of its own counts as not refused. */
export async function runAttacks(chosen: readonly Attack[], ground: Ground): Promise<readonly AttackResult[]> {
  const results: AttackResult[] = [];
  for (const attack of chosen) {
    const answer = await attack.attempt(ground).catch(asText);
    results.push({ attack, refused: attack.refusal.test(answer), answer });
  }
  return results;
}
