// What secret material a stack needs, as recipes: core decides what is missing, src/pki makes it once and never again.
import { names } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';

/** A certificate authority of its own: Secret keys `ca.crt` and `ca.key` (PEM). */
export interface AuthorityRecipe {
  readonly kind: 'authority';
  readonly secret: string;
  readonly commonName: string;
}

/**
 * A leaf: Secret keys `tls.crt`, `tls.key` (PKCS#8 PEM) and `ca.crt`, signed by the authority in Secret `authority`. With
 * `keystore` also `keystore.p12` (PKCS #12) and its `keystore.password`, for programs that read nothing else.
 */
export interface LeafRecipe {
  readonly kind: 'leaf';
  readonly secret: string;
  readonly authority: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly keystore?: true;
}

/** A user with a generated password: Secret keys `username` and `password`. */
export interface UserRecipe {
  readonly kind: 'user';
  readonly secret: string;
  readonly username: string;
}

/** A service token: Secret keys `token` (bearer) and `name` (`<account>/<tokenName>`), for example of `elastic/kibana`. */
export interface ServiceTokenRecipe {
  readonly kind: 'serviceToken';
  readonly secret: string;
  readonly account: string;
  readonly tokenName: string;
}

/** Random keys: one Secret key for each name, each of 64 hexadecimal characters. */
export interface KeysRecipe {
  readonly kind: 'keys';
  readonly secret: string;
  readonly names: readonly string[];
}

/**
 * The files of Elasticsearch's file realm, made from user and token Secrets that exist already:
 * Secret keys `users`, `users_roles`, `service_tokens`. Passwords and tokens are in them as hashes only.
 */
export interface FileRealmRecipe {
  readonly kind: 'fileRealm';
  readonly secret: string;
  readonly users: readonly { readonly secret: string; readonly roles: readonly string[] }[];
  readonly serviceTokens: readonly string[];
}

export type SecretRecipe =
  AuthorityRecipe | LeafRecipe | UserRecipe | ServiceTokenRecipe | KeysRecipe | FileRealmRecipe;

/** The Secrets that a recipe is made from. Without them it cannot be made; made anew, they would no longer fit to it. */
export function sourcesOf(recipe: SecretRecipe): readonly string[] {
  switch (recipe.kind) {
    case 'leaf':
      return [recipe.authority];
    case 'fileRealm':
      return [...recipe.users.map((user) => user.secret), ...recipe.serviceTokens];
    case 'authority':
    case 'user':
    case 'serviceToken':
    case 'keys':
      return [];
  }
}

const keystoreKeys = ['keystore.p12', 'keystore.password'] as const;

/** The keys that the Secret of a recipe must have. */
export function keysOf(recipe: SecretRecipe): readonly string[] {
  switch (recipe.kind) {
    case 'authority':
      return ['ca.crt', 'ca.key'];
    case 'leaf':
      return ['tls.crt', 'tls.key', 'ca.crt', ...(recipe.keystore === true ? keystoreKeys : [])];
    case 'user':
      return ['username', 'password'];
    case 'serviceToken':
      return ['token', 'name'];
    case 'keys':
      return recipe.names;
    case 'fileRealm':
      return ['users', 'users_roles', 'service_tokens'];
  }
}

/** Whether the Secret stays with retained volumes. Leaves do not: the authorities that stay can make them again. */
export const isKept = (recipe: SecretRecipe): boolean => recipe.kind !== 'leaf';

/** The operator's own user: of Elasticsearch, with the role of config-templates/elasticsearch/roles.yml, and of Logstash's API. */
const operatorUsername = 'loggingstack-operator';

/** The names of Kibana's encryption keys: its settings, and the Secret keys. */
export const kibanaKeyNames = [
  'xpack.security.encryptionKey',
  'xpack.encryptedSavedObjects.encryptionKey',
  'xpack.reporting.encryptionKey',
] as const;

/**
 * All generated Secrets of a stack; each comes after those that it is made from. Three authorities, because Elasticsearch
 * takes every leaf of its transport authority for a node, and Filebeat's key lies on every Kubernetes node.
 */
export function requiredSecrets(stack: ResolvedStack): readonly SecretRecipe[] {
  return [...authorities(stack), ...credentials(stack), ...leaves(stack)];
}

function authorities(stack: ResolvedStack): readonly AuthorityRecipe[] {
  const { name } = stack.identity;
  const authority = (secret: string): AuthorityRecipe => ({ kind: 'authority', secret, commonName: secret });
  return [
    authority(names.transportAuthority(name)),
    authority(names.httpAuthority(name)),
    authority(names.beatsAuthority(name)),
  ];
}

function credentials(stack: ResolvedStack): readonly SecretRecipe[] {
  const { name } = stack.identity;
  const [elastic, operator, kibanaToken] = [names.elasticUser(name), names.operatorUser(name), names.kibanaToken(name)];
  return [
    { kind: 'user', secret: elastic, username: 'elastic' },
    { kind: 'user', secret: operator, username: operatorUsername },
    { kind: 'user', secret: names.logstashApiUser(name), username: operatorUsername },
    { kind: 'serviceToken', secret: kibanaToken, account: 'elastic/kibana', tokenName: 'loggingstack' },
    { kind: 'keys', secret: names.kibanaKeys(name), names: kibanaKeyNames },
    {
      kind: 'fileRealm',
      secret: names.fileRealm(name),
      users: [
        { secret: elastic, roles: ['superuser'] },
        { secret: operator, roles: ['loggingstack_operator'] },
      ],
      serviceTokens: [kibanaToken],
    },
  ];
}

function leaves(stack: ResolvedStack): readonly LeafRecipe[] {
  const { name, namespace } = stack.identity;
  const leaf = (
    secret: string,
    authority: string,
    usages: LeafRecipe['usages'],
    dnsNames: readonly string[],
  ): LeafRecipe => ({ kind: 'leaf', secret, authority, commonName: secret, usages, dnsNames });
  const service = (of: string) => serviceNames(of, namespace);
  return [
    leaf(
      names.transportCertificate(name),
      names.transportAuthority(name),
      ['server', 'client'],
      [...service(names.elasticsearchTransport(name))],
    ),
    leaf(
      names.elasticsearchHttpCertificate(name),
      names.httpAuthority(name),
      ['server'],
      [...service(names.elasticsearchHttp(name)), ...podNames(names.elasticsearchNodes(name), namespace), 'localhost'],
    ),
    leaf(
      names.kibanaHttpCertificate(name),
      names.httpAuthority(name),
      ['server'],
      [...service(names.kibanaHttp(name)), 'localhost'],
    ),
    leaf(
      names.logstashCertificate(name),
      names.beatsAuthority(name),
      ['server'],
      [...service(names.logstashBeats(name)), ...podNames(names.logstash(name), namespace)],
    ),
    {
      ...leaf(
        names.logstashApiCertificate(name),
        names.httpAuthority(name),
        ['server'],
        [...podNames(names.logstash(name), namespace)],
      ),
      keystore: true,
    },
    leaf(names.filebeatCertificate(name), names.beatsAuthority(name), ['client'], []),
  ];
}

/** The names by which pods of the cluster reach a Service. */
const serviceNames = (service: string, namespace: string): readonly string[] => [
  service,
  `${service}.${namespace}`,
  `${service}.${namespace}.svc`,
  `${service}.${namespace}.svc.cluster.local`,
];

/** The names of all pods behind a headless Service, whatever pools or replicas there will be. */
const podNames = (service: string, namespace: string): readonly string[] => [
  `*.${service}.${namespace}.svc`,
  `*.${service}.${namespace}.svc.cluster.local`,
];
