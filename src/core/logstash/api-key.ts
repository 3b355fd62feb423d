// Logstash's API key for Elasticsearch: may add documents to the stack's data streams and nothing else. Plans when to make, replace or end one.
import type { KubeObject, ObjectReference } from '../kubernetes.ts';
import { componentLabels, fieldManager, names, ownerReference } from '../names.ts';
import { foreignObject, isOurs, type ObjectAction, referenceOf } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack, StackIdentity } from '../stack.ts';

/** The Secret's key: `id:key`, as Logstash wants it. */
const apiKeyField = 'api_key';

export interface ApiKeyObserved {
  /** The Secret as the API server has it now, not as a cache remembers it: a key that is missing there is made anew. */
  readonly secret: KubeObject | undefined;
  readonly cluster:
    | {
        readonly answered: true;
        /** Ids of the keys of our name that work. */
        readonly activeKeys: readonly string[];
        /** Without the template a first document would make a plain index where a data stream belongs. */
        readonly indexTemplateExists: boolean;
      }
    | { readonly answered: false; readonly code: string; readonly message: string };
}

export type ApiKeyAction =
  /** Makes a key in Elasticsearch and its Secret. A key whose Secret is refused ends at once; after a crash in between, at a later look. */
  | { readonly kind: 'issueApiKey'; readonly name: string; readonly roleDescriptors: Readonly<Record<string, unknown>> }
  | { readonly kind: 'invalidateApiKeys'; readonly ids: readonly string[] }
  | Extract<ObjectAction, { kind: 'delete' }>;

export interface ApiKeyPlan {
  readonly actions: readonly ApiKeyAction[];
  readonly refusals: readonly Refusal[];
  /** Why Logstash cannot start yet; undefined when the key is there and works. */
  readonly waiting: string | undefined;
}

export const apiKeyName = ({ namespace, name }: StackIdentity): string => `loggingstack-${namespace}-${name}-logstash`;

export const apiKeySecret = ({ namespace, name }: StackIdentity): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: names.logstashApiKey(name),
});

/** `monitor` because Logstash asks for the version; the rest is just enough to add documents and make data streams. */
const roleDescriptors = {
  logstash_writer: {
    cluster: ['monitor'],
    indices: [{ names: ['logs-*-*'], privileges: ['auto_configure', 'create_doc'] }],
  },
};

/**
 * Plans one step. The new key comes first and old ones end only once the Secret holds it, so that whatever dies in
 * between, Logstash's key works.
 */
export function planApiKey(stack: ResolvedStack, observed: ApiKeyObserved): ApiKeyPlan {
  const { secret, cluster } = observed;
  if (secret !== undefined && !isOurs(secret, stack.identity))
    return { actions: [], refusals: [foreignObject(referenceOf(secret))], waiting: 'Its API key cannot be stored.' };
  const id = secret === undefined ? undefined : apiKeyId(secret);
  if (!cluster.answered) {
    const waiting = id === undefined ? `Its API key waits for Elasticsearch: ${cluster.message}` : undefined;
    return { actions: [], refusals: [], waiting };
  }
  if (secret !== undefined && (id === undefined || !cluster.activeKeys.includes(id)))
    return {
      actions: [deletion(secret)],
      refusals: [],
      waiting: 'Its API key is unknown to Elasticsearch and is replaced.',
    };
  if (secret === undefined) return issue(stack.identity, cluster.indexTemplateExists);
  const others = cluster.activeKeys.filter((key) => key !== id);
  return {
    actions: others.length === 0 ? [] : [{ kind: 'invalidateApiKeys', ids: others }],
    refusals: [],
    waiting: undefined,
  };
}

function issue(identity: StackIdentity, indexTemplateExists: boolean): ApiKeyPlan {
  if (!indexTemplateExists)
    return {
      actions: [],
      refusals: [],
      waiting: 'Its API key waits for the index template, so that no document comes too early.',
    };
  return {
    actions: [{ kind: 'issueApiKey', name: apiKeyName(identity), roleDescriptors }],
    refusals: [],
    waiting: 'Its API key is being made.',
  };
}

function deletion(secret: KubeObject): Extract<ObjectAction, { kind: 'delete' }> {
  const { uid = '', resourceVersion = '' } = secret.metadata;
  return { kind: 'delete', reference: referenceOf(secret), uid, resourceVersion };
}

/** The id of the key in the Secret; undefined when the Secret holds none. */
function apiKeyId(secret: KubeObject): string | undefined {
  const encoded = (secret['data'] as Readonly<Record<string, string>> | undefined)?.[apiKeyField];
  const id = encoded === undefined ? '' : (Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] ?? '');
  return id === '' ? undefined : id;
}

/** The Secret for a new key. It goes with the stack: a key of kept volumes is replaced by the next stack of the name. */
export function createApiKeySecret({ identity }: ResolvedStack, credentials: string): ObjectAction {
  return {
    kind: 'create',
    fieldManager: fieldManager('logstash'),
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: names.logstashApiKey(identity.name),
        namespace: identity.namespace,
        labels: componentLabels(identity, 'logstash'),
        ownerReferences: [ownerReference(identity)],
      },
      type: 'Opaque',
      data: { [apiKeyField]: Buffer.from(credentials, 'utf8').toString('base64') },
    },
  };
}
