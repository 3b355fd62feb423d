// What secret material a stack needs, as recipes: core decides what is missing, src/pki makes it once and never again.

/** A certificate authority of its own: Secret keys `ca.crt` and `ca.key` (PEM). */
export interface AuthorityRecipe {
  readonly kind: 'authority';
  readonly secret: string;
  readonly commonName: string;
}

/** A leaf: Secret keys `tls.crt`, `tls.key` (PKCS#8 PEM) and `ca.crt`, signed by the authority in Secret `authority`. */
export interface LeafRecipe {
  readonly kind: 'leaf';
  readonly secret: string;
  readonly authority: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
}

/** A user with a generated password: Secret keys `username` and `password`. */
export interface UserRecipe {
  readonly kind: 'user';
  readonly secret: string;
  readonly username: string;
}

/** Kibana's service token: Secret keys `token` (bearer) and `name` (its name for the service account). */
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
 * Secret keys `users`, `users_roles`, `roles.yml`, `service_tokens`.
 */
export interface FileRealmRecipe {
  readonly kind: 'fileRealm';
  readonly secret: string;
  readonly users: readonly { readonly secret: string; readonly roles: readonly string[] }[];
  readonly serviceTokens: readonly string[];
  readonly rolesFile: string;
}

export type SecretRecipe =
  AuthorityRecipe | LeafRecipe | UserRecipe | ServiceTokenRecipe | KeysRecipe | FileRealmRecipe;
