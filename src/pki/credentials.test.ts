// Tests of passwords, tokens and the file realm: random, in Elasticsearch's own forms, and never in plain text in its files.
import { createHash, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SecretContent } from '../core/pki/plan.ts';
import { requiredSecrets, type SecretRecipe } from '../core/pki/recipes.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { makeSecretValues } from './index.ts';

const now = new Date();
const recipes = requiredSecrets(exampleStack());
const recipeOf = (secret: string): SecretRecipe => {
  const found = recipes.find((recipe) => recipe.secret === secret);
  if (found === undefined) throw new Error(`no recipe ${secret}`);
  return found;
};

/** Of a Secret that holds nothing but texts. */
const textsOf = (values: SecretContent) => values as Readonly<Record<string, string>>;

async function makeRealm() {
  const sources: Record<string, Readonly<Record<string, string>>> = {};
  for (const secret of ['logs-es-elastic-user', 'logs-es-operator-user', 'logs-kb-token'])
    sources[secret] = textsOf(await makeSecretValues(recipeOf(secret), {}, now));
  return { sources, files: textsOf(await makeSecretValues(recipeOf('logs-es-file-realm'), sources, now)) };
}

/** Whether a text matches a hash of the form `{...}rounds$salt$hash`, by the definition of PBKDF2 with HMAC-SHA-512. */
function matches(text: string, hash: string): boolean {
  const [rounds = '', salt = '', expected = ''] = hash.replace(/^\{\w+\}/, '').split('$');
  const bytes = Buffer.from(expected, 'base64');
  return pbkdf2Sync(text, Buffer.from(salt, 'base64'), Number(rounds), bytes.length, 'sha512').equals(bytes);
}

describe('generated values', () => {
  it('differ each time', async () => {
    const recipe = recipeOf('logs-es-elastic-user');
    const [first, second] = [await makeSecretValues(recipe, {}, now), await makeSecretValues(recipe, {}, now)];
    expect(first['password']).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(first['password']).not.toBe(second['password']);
    expect(first['username']).toBe('elastic');
  });

  it('give Kibana three different keys of more than the 32 characters that it asks for', async () => {
    const keys = Object.values(await makeSecretValues(recipeOf('logs-kb-keys'), {}, now));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the file realm', () => {
  it('has a line for each user, whose hash fits to the password, and the roles of each', async () => {
    const { sources, files } = await makeRealm();
    const users = new Map(
      (files['users'] ?? '')
        .trim()
        .split('\n')
        .map((line) => line.split(':') as [string, string]),
    );
    expect([...users.keys()]).toEqual(['elastic', 'loggingstack-operator']);
    const password = sources['logs-es-elastic-user']?.['password'] ?? '';
    const hash = users.get('elastic') ?? '';
    expect(hash).toMatch(/^\{PBKDF2\}10000\$/);
    expect(matches(password, hash)).toBe(true);
    expect(matches(`${password}x`, hash)).toBe(false);
    expect(files['users_roles']).toBe('superuser:elastic\nloggingstack_operator:loggingstack-operator\n');
  });

  it("knows Kibana's token by the hash of its secret part", async () => {
    const { sources, files } = await makeRealm();
    const bearer = Buffer.from(sources['logs-kb-token']?.['token'] ?? '', 'base64');
    expect([...bearer.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    const [name = '', secret = ''] = bearer.subarray(4).toString().split(':');
    expect(name).toBe('elastic/kibana/loggingstack');
    const [line, rest] = (files['service_tokens'] ?? '').split('\n');
    expect(rest).toBe('');
    expect(line?.startsWith(`${name}:{PBKDF2_STRETCH}10000$`)).toBe(true);
    const stretched = createHash('sha512').update(secret).digest('hex');
    expect(matches(stretched, line?.slice(name.length + 1) ?? '')).toBe(true);
  });

  it('has no password and no token in it', async () => {
    const { sources, files } = await makeRealm();
    const text = JSON.stringify(files);
    for (const values of Object.values(sources)) {
      if (values['password'] !== undefined) expect(text).not.toContain(values['password']);
      if (values['token'] !== undefined) expect(text).not.toContain(values['token']);
    }
  });

  it('names Secret and key when a source is missing or no token, and shows no value', async () => {
    const { sources } = await makeRealm();
    const recipe = recipeOf('logs-es-file-realm');
    await expect(makeSecretValues(recipe, { ...sources, 'logs-es-elastic-user': {} }, now)).rejects.toThrow(
      /Secret logs-es-elastic-user has no username/,
    );
    const broken = makeSecretValues(recipe, { ...sources, 'logs-kb-token': { token: 'c2VjcmV0' } }, now);
    await expect(broken).rejects.toThrow(/Secret logs-kb-token/);
    await expect(broken).rejects.not.toThrow(/c2VjcmV0/);
  });
});
