// For tests: Secrets as a cluster would have them, and the typed view of a pod template.
import type { KubeObject, ObjectReference } from './kubernetes.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: {
    readonly containers: readonly { readonly env?: readonly Variable[]; readonly [field: string]: unknown }[];
    readonly volumes: readonly { readonly name: string; readonly [field: string]: unknown }[];
    readonly [field: string]: unknown;
  };
}

export function podTemplateOf(workload: KubeObject): PodTemplate {
  return (workload['spec'] as { template: PodTemplate }).template;
}

const everyKey = [
  'tls.crt',
  'tls.key',
  'ca.crt',
  'token',
  'api_key',
  'username',
  'password',
  'keystore.p12',
  'xpack.security.encryptionKey',
  'xpack.encryptedSavedObjects.encryptionKey',
  'xpack.reporting.encryptionKey',
];

/** Of the stack `logs`: all that its Logstash reads. */
export const secretsOfLogstash = [
  'logs-ls-certs',
  'logs-fb-certs',
  'logs-es-http-certs',
  'logs-ls-api-key',
  'logs-ls-api-user',
  'logs-ls-api-certs',
] as const;

/** A cluster that has just these Secrets, each with every key; some with another UID or another value of a key. */
export function liveSecrets(
  secrets: readonly string[],
  changed: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): (reference: ObjectReference) => KubeObject | undefined {
  return ({ kind, name }) => {
    if (kind !== 'Secret' || !secrets.includes(name)) return undefined;
    const { uid = `uid-of-${name}`, ...data } = changed[name] ?? {};
    const values = Object.fromEntries(everyKey.map((key) => [key, Buffer.from(`${name} ${key}`).toString('base64')]));
    return { apiVersion: 'v1', kind, metadata: { name, uid }, data: { ...values, ...data } };
  };
}
