// Makes passwords, tokens and keys, and the files by which Elasticsearch knows users and tokens: there as hashes only.
import { createHash, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretContent } from '../core/pki/plan.ts';
import type { FileRealmRecipe, KeysRecipe, ServiceTokenRecipe, UserRecipe } from '../core/pki/recipes.ts';

/** Values of the Secrets that others are made from, by Secret name and key. */
export type SourceValues = Readonly<Record<string, SecretContent>>;

/** A user with a password of 32 random characters that no shell or URL changes. */
export function makeUser(recipe: UserRecipe): { username: string; password: string } {
  return { username: recipe.username, password: randomBytes(24).toString('base64url') };
}

/** Keys of 32 random bytes, as 64 hexadecimal characters. */
export function makeKeys(recipe: KeysRecipe): Record<string, string> {
  return Object.fromEntries(recipe.names.map((name) => [name, randomBytes(32).toString('hex')]));
}

/**
 * A token of a service account, as HTTP sends it after "Bearer". Its form is Elasticsearch's own (ServiceAccountToken):
 * four marker bytes, then `<account>/<token name>:<secret>`, in base64.
 */
export function makeServiceToken(recipe: ServiceTokenRecipe): { token: string; name: string } {
  const name = `${recipe.account}/${recipe.tokenName}`;
  const secret = randomBytes(24).toString('base64url');
  return { name, token: Buffer.concat([tokenMarker, Buffer.from(`${name}:${secret}`)]).toString('base64') };
}

const tokenMarker = Buffer.from([0, 1, 0, 1]);

/** The files `users`, `users_roles` and `service_tokens` of Elasticsearch's file realm. */
export async function makeFileRealm(
  recipe: FileRealmRecipe,
  sources: SourceValues,
): Promise<{ users: string; users_roles: string; service_tokens: string }> {
  const users = await Promise.all(
    recipe.users.map(async ({ secret, roles }) => {
      const username = required(sources, secret, 'username');
      return { username, roles, hash: await hashPassword(required(sources, secret, 'password')) };
    }),
  );
  const tokens = await Promise.all(
    recipe.serviceTokens.map(async (secret) => {
      const { name, tokenSecret } = readServiceToken(required(sources, secret, 'token'), secret);
      return { name, hash: await hashTokenSecret(tokenSecret) };
    }),
  );
  const roles = [...new Set(users.flatMap((user) => user.roles))];
  const holders = (role: string) => users.filter((user) => user.roles.includes(role)).map((user) => user.username);
  return {
    users: lines(users.map(({ username, hash }) => `${username}:${hash}`)),
    users_roles: lines(roles.map((role) => `${role}:${holders(role).join(',')}`)),
    service_tokens: lines(tokens.map(({ name, hash }) => `${name}:${hash}`)),
  };
}

const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join('');

function readServiceToken(token: string, secret: string): { name: string; tokenSecret: string } {
  const bytes = Buffer.from(token, 'base64');
  const text = bytes.subarray(tokenMarker.length).toString();
  const colon = text.indexOf(':');
  if (!bytes.subarray(0, tokenMarker.length).equals(tokenMarker) || colon < 0)
    throw new Error(
      `The token in Secret ${secret} is no service token of Elasticsearch. Delete the Secret to get a new one.`,
    );
  return { name: text.slice(0, colon), tokenSecret: text.slice(colon + 1) };
}

const rounds = 10_000;
const hashBytes = 32;
const derive = promisify(pbkdf2);

/** `{PBKDF2}<rounds>$<salt>$<hash>`: what Elasticsearch's file realm accepts for a password (HMAC-SHA-512). */
async function hashPassword(password: string): Promise<string> {
  return `{PBKDF2}${await saltedHash(password)}`;
}

/** Elasticsearch's default for tokens: the password is first stretched by SHA-512, as hexadecimal text. */
async function hashTokenSecret(secret: string): Promise<string> {
  return `{PBKDF2_STRETCH}${await saltedHash(createHash('sha512').update(secret).digest('hex'))}`;
}

async function saltedHash(text: string): Promise<string> {
  const salt = randomBytes(hashBytes);
  const hash = await derive(text, salt, rounds, hashBytes, 'sha512');
  return `${rounds}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function required(sources: SourceValues, secret: string, key: string): string {
  const value = sources[secret]?.[key];
  if (typeof value !== 'string')
    throw new Error(`Secret ${secret} has no ${key}: the file realm cannot be made from it.`);
  return value;
}
