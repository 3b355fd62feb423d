// The credentials of a StackRepository: whether its Secret has them, what of it goes into the keystore of the nodes, and a fingerprint that tells nothing.
import { createHash, createPrivateKey } from 'node:crypto';
import type { RepositoryType } from '../../api/stack-repository.ts';
import type { KubeObject } from '../kubernetes.ts';
import { componentLabels, names, ownerReference } from '../names.ts';
import { canonicalJson } from '../objects.ts';
import { secretValues } from '../pki/plan.ts';
import type { StackIdentity } from '../stack.ts';
import { clientSetting, credentialsRefOf, type RepositoryObject } from './repositories.ts';

/** The key whose value is the content of a file. */
export const fileKey = 'credentials_file';

/** Keys of the Secret of each type; Elasticsearch calls its settings the same. Of `oneOf`, one must be there, and not more. */
const keysOf: Readonly<
  Partial<
    Record<
      RepositoryType,
      { readonly all: readonly string[]; readonly oneOf?: readonly string[]; readonly may?: readonly string[] }
    >
  >
> = {
  S3: { all: ['access_key', 'secret_key'], may: ['session_token'] },
  GCS: { all: [fileKey] },
  Azure: { all: ['account'], oneOf: ['key', 'sas_token'] },
};

/** Settings of the keystore, with their values. */
export type KeystoreEntries = Readonly<Record<string, string>>;

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'usable'; readonly entries: KeystoreEntries }
  | { readonly kind: 'unusable'; readonly reason: string; readonly message: string };

/** Credentials that the spec names. Whatever is told of them, none of it is a value. */
export function credentialsOf(repository: RepositoryObject, secret: KubeObject | undefined): Credentials {
  const { spec, metadata } = repository;
  const name = credentialsRefOf(spec);
  const keys = keysOf[spec.type];
  if (name === undefined || keys === undefined) return { kind: 'none' };
  if (secret === undefined)
    return { kind: 'unusable', reason: 'NoSuchSecret', message: `There is no Secret ${name} in this namespace.` };
  const { all, oneOf = [], may = [] } = keys;
  const values = Object.fromEntries(
    Object.entries(secretValues(secret)).flatMap(([key, value]) => {
      const plain = key === fileKey ? value : value.trim();
      return [...all, ...oneOf, ...may].includes(key) && plain !== '' ? [[key, plain]] : [];
    }),
  );
  const problem = lackOf(values, all, oneOf) ?? faultIn(values);
  if (problem !== undefined)
    return { kind: 'unusable', reason: problem.reason, message: `The Secret ${name} ${problem.message}` };
  const entries = Object.entries(values).map(([key, value]) => [clientSetting(spec, metadata.name, key), value]);
  return { kind: 'usable', entries: Object.fromEntries(entries) as KeystoreEntries };
}

interface Problem {
  readonly reason: 'SecretIncomplete' | 'SecretInvalid';
  readonly message: string;
}

function lackOf(values: KeystoreEntries, all: readonly string[], oneOf: readonly string[]): Problem | undefined {
  const missing = all.filter((key) => values[key] === undefined);
  if (missing.length > 0) return { reason: 'SecretIncomplete', message: `lacks ${missing.join(' and ')}.` };
  const given = oneOf.filter((key) => values[key] !== undefined);
  if (oneOf.length > 0 && given.length === 0)
    return { reason: 'SecretIncomplete', message: `lacks ${oneOf.join(' or ')}.` };
  // Elasticsearch would not start with both.
  if (given.length > 1)
    return { reason: 'SecretInvalid', message: `has ${given.join(' and ')}: it must have one of them only.` };
  return undefined;
}

/** What would keep a node from its start: then it is better not to give it to any. */
function faultIn(values: KeystoreEntries): Problem | undefined {
  const { [fileKey]: file, ...texts } = values;
  const strange = Object.keys(texts).find((key) => !/^[\x21-\x7e]+$/.test(texts[key] ?? ''));
  if (strange !== undefined)
    return { reason: 'SecretInvalid', message: `has a value for ${strange} that is not one word of plain characters.` };
  if (file === undefined || isServiceAccount(file)) return undefined;
  return {
    reason: 'SecretInvalid',
    message: `has a ${fileKey} that is not the JSON of a service account with its key.`,
  };
}

/** Whether Google's client can read it: it asks for all of these, and for a key that is one. */
function isServiceAccount(text: string): boolean {
  try {
    const account: unknown = JSON.parse(text);
    if (account === null || typeof account !== 'object') return false;
    const { type, client_id, client_email, private_key_id, private_key } = account as Readonly<Record<string, unknown>>;
    const isWhole = [client_id, client_email, private_key_id].every(
      (field) => typeof field === 'string' && field !== '',
    );
    if (!isWhole || type !== 'service_account' || typeof private_key !== 'string') return false;
    return createPrivateKey(private_key).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

const hashLength = 12;

/**
 * Changes when what the nodes use of the credentials does, and with nothing else of the Secret. Salted: equal credentials
 * of two repositories do not show as such.
 * @param uid of the StackRepository
 */
export const credentialsHash = (uid: string, entries: KeystoreEntries): string =>
  createHash('sha256')
    .update(`${uid} ${canonicalJson(entries)}`)
    .digest('hex')
    .slice(0, hashLength);

/**
 * The operator's own Secret with the entries, which the nodes mount instead of that of the user: so a node can start
 * whatever becomes of the latter, and none starts with half of it. Its keys are the names of the settings.
 */
export function credentialsSecret(stack: StackIdentity, repository: string, entries: KeystoreEntries): KubeObject {
  const encoded = Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: names.repositoryCredentials(stack.name, repository),
      namespace: stack.namespace,
      labels: componentLabels(stack, 'elasticsearch'),
      ownerReferences: [ownerReference(stack)],
    },
    type: 'Opaque',
    data: Object.fromEntries(encoded) as Record<string, string>,
  };
}

/** Whether the Secret of the operator has these entries and no others. */
export function holdsEntries(secret: KubeObject | undefined, entries: KeystoreEntries): boolean {
  return secret !== undefined && canonicalJson(secretValues(secret)) === canonicalJson(entries);
}
