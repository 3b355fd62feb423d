// Tests of planning secrets: made once in the order of what they are made from, never overwritten, kept with kept volumes.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { createSecret, desiredSecret, planSecrets, secretValues } from './plan.ts';
import { keysOf, requiredSecrets, type SecretRecipe, sourcesOf } from './recipes.ts';

const stack = exampleStack();
const deleting = exampleStack({ volumes: { whenDeleted: 'Delete' } });
const recipes = requiredSecrets(stack);
const recipeOf = (secret: string): SecretRecipe => {
  const found = recipes.find((recipe) => recipe.secret === secret);
  if (found === undefined) throw new Error(`no recipe ${secret}`);
  return found;
};

/** A cluster's Secrets by name. */
type Secrets = Record<string, KubeObject>;

const made = (recipe: SecretRecipe, of = stack): KubeObject => {
  const object = desiredSecret(of, recipe, Object.fromEntries(keysOf(recipe).map((key) => [key, `value of ${key}`])));
  return { ...object, metadata: { ...object.metadata, uid: `uid-of-${recipe.secret}`, resourceVersion: '7' } };
};
const allMade = (of = stack): Secrets => Object.fromEntries(recipes.map((recipe) => [recipe.secret, made(recipe, of)]));
const planOn = (secrets: Secrets, of = stack) => planSecrets(of, (reference) => secrets[reference.name]);
const without = (secrets: Secrets, ...names: readonly string[]): Secrets =>
  Object.fromEntries(Object.entries(secrets).filter(([name]) => !names.includes(name)));
const changed = (secrets: Secrets, name: string, change: (secret: KubeObject) => KubeObject): Secrets => {
  const secret = secrets[name];
  if (secret === undefined) throw new Error(`no Secret ${name}`);
  return { ...secrets, [name]: change(secret) };
};

describe('requiredSecrets', () => {
  it('lists each Secret once, after those that it is made from', () => {
    const seen = new Set<string>();
    for (const recipe of recipes) {
      expect(seen.has(recipe.secret), recipe.secret).toBe(false);
      for (const source of sourcesOf(recipe)) expect(seen.has(source), `${source} before ${recipe.secret}`).toBe(true);
      seen.add(recipe.secret);
    }
  });

  it('signs transport, HTTP and Beats leaves by different authorities', () => {
    const authority = (secret: string) => sourcesOf(recipeOf(secret))[0];
    expect(authority('logs-es-transport-certs')).toBe('logs-es-transport-ca');
    expect(authority('logs-es-http-certs')).toBe('logs-http-ca');
    expect(authority('logs-kb-http-certs')).toBe('logs-http-ca');
    expect(authority('logs-ls-certs')).toBe('logs-beats-ca');
    expect(authority('logs-ls-api-certs')).toBe('logs-http-ca');
    expect(authority('logs-fb-certs')).toBe('logs-beats-ca');
  });

  it('needs no new leaf when pools come or replicas change', () => {
    const grown = exampleStack({
      elasticsearch: { data: { replicas: 9 }, pools: [{ name: 'warm', roles: ['data_warm'] }] },
      logstash: { replicas: 4 },
    });
    expect(requiredSecrets(grown)).toEqual(recipes);
  });

  it('makes Filebeat a client only, and Logstash a server only', () => {
    expect(recipeOf('logs-fb-certs')).toMatchObject({ usages: ['client'], dnsNames: [] });
    expect(recipeOf('logs-ls-certs')).toMatchObject({ usages: ['server'] });
    expect(recipeOf('logs-ls-api-certs')).toMatchObject({ usages: ['server'], keystore: true });
  });

  it('stays within the 64 characters of a common name for the longest name of a stack', () => {
    const longest = { ...stack, identity: { ...exampleIdentity, name: 'a'.repeat(30) } };
    for (const recipe of requiredSecrets(longest))
      if ('commonName' in recipe) expect(recipe.commonName.length).toBeLessThanOrEqual(64);
  });
});

describe('planSecrets', () => {
  it('makes everything in two rounds: first what needs nothing, then what is made from it', () => {
    const first = planOn({}).generate;
    expect(first.map((recipe) => recipe.kind).toSorted()).toEqual(
      ['authority', 'authority', 'authority', 'keys', 'serviceToken', 'user', 'user', 'user'].toSorted(),
    );
    const second = planOn(Object.fromEntries(first.map((recipe) => [recipe.secret, made(recipe)]))).generate;
    expect([...first, ...second].map((recipe) => recipe.secret).toSorted()).toEqual(
      recipes.map((recipe) => recipe.secret).toSorted(),
    );
  });

  it('operator dies: after any creation the next operator makes the rest, and each Secret once', () => {
    for (let crash = 0; crash <= recipes.length; crash += 1) {
      const secrets: Secrets = {};
      const creations: string[] = [];
      const create = (recipe: SecretRecipe) => {
        creations.push(recipe.secret);
        secrets[recipe.secret] = made(recipe);
      };
      for (const recipe of [...planOn({}).generate, ...recipes].slice(0, crash))
        if (secrets[recipe.secret] === undefined) create(recipe);
      for (let plan = planOn(secrets); plan.generate.length > 0; plan = planOn(secrets)) plan.generate.forEach(create);
      expect(creations.toSorted(), `after ${crash} creations`).toEqual(recipes.map((one) => one.secret).toSorted());
      expect(planOn(secrets).findings).toMatchObject([{ status: 'True' }]);
    }
  });

  it('does nothing when all are there, and says so', () => {
    expect(planOn(allMade())).toMatchObject({
      generate: [],
      apply: [],
      refusals: [],
      findings: [{ type: 'CredentialsReady', status: 'True', reason: 'SecretsReady' }],
    });
  });

  it('[secret-regenerated] creates, so that one which is there but unseen is never overwritten', () => {
    expect(createSecret(stack, recipeOf('logs-es-elastic-user'), { username: 'elastic', password: 'x' })).toMatchObject(
      {
        kind: 'create',
        object: { kind: 'Secret', data: { password: Buffer.from('x').toString('base64') } },
      },
    );
  });

  it('makes a lost leaf again by its authority, and nothing else', () => {
    expect(planOn(without(allMade(), 'logs-fb-certs')).generate).toEqual([recipeOf('logs-fb-certs')]);
  });

  it('names a Secret and key that have no value, and neither overwrites nor shows values', () => {
    const plan = planOn(
      changed(allMade(), 'logs-es-elastic-user', (secret) => ({ ...secret, data: { username: 'ZWxhc3RpYw==' } })),
    );
    expect(plan.generate).toEqual([]);
    expect(plan.refusals).toMatchObject([{ rule: 'SecretIncomplete', subject: 'Secret/logs-es-elastic-user' }]);
    expect(plan.refusals[0]?.message).toContain('password');
    expect(JSON.stringify(plan)).not.toContain('ZWxhc3RpYw==');
    expect(plan.findings[0]).toMatchObject({ status: 'False', reason: 'SecretIncomplete' });
  });

  it('refuses to make a password or authority anew while what was made from the old one is there', () => {
    const password = planOn(without(allMade(), 'logs-es-elastic-user'));
    expect(password.refusals).toMatchObject([{ rule: 'SecretLost', subject: 'Secret/logs-es-elastic-user' }]);
    const authority = planOn(without(allMade(), 'logs-beats-ca'));
    expect(authority.refusals).toMatchObject([{ rule: 'SecretLost', subject: 'Secret/logs-beats-ca' }]);
    expect(authority.refusals[0]?.message).toContain('logs-ls-certs, logs-fb-certs were made from it');
    expect(authority.refusals[0]?.remedy).toContain('delete Secret logs-ls-certs, logs-fb-certs too');
    expect([...password.generate, ...authority.generate]).toEqual([]);
  });

  it('refuses for each of two lost sources of one Secret', () => {
    const plan = planOn(without(allMade(), 'logs-es-elastic-user', 'logs-es-operator-user'));
    expect(plan.refusals.map(({ subject }) => subject).toSorted()).toEqual([
      'Secret/logs-es-elastic-user',
      'Secret/logs-es-operator-user',
    ]);
    expect(plan.generate).toEqual([]);
  });

  it('makes both anew once the dependent one is deleted too, as the remedy says', () => {
    const plan = planOn(without(allMade(), 'logs-es-elastic-user', 'logs-es-file-realm'));
    expect(plan.refusals).toEqual([]);
    expect(plan.generate).toEqual([recipeOf('logs-es-elastic-user')]);
  });

  it('[foreign-object] refuses a Secret of our name that is not ours', () => {
    const plan = planOn(
      changed(allMade(), 'logs-kb-keys', (secret) => ({ ...secret, metadata: { ...secret.metadata, labels: {} } })),
    );
    expect(plan.refusals).toMatchObject([{ rule: 'ForeignObject', subject: 'Secret/logs-kb-keys' }]);
    expect(plan.generate).toEqual([]);
  });
});

describe('kept Secrets', () => {
  const earlier = { ...stack, identity: { ...exampleIdentity, uid: 'uid-0' } };
  const owners = (secrets: Secrets) =>
    Object.values(secrets)
      .filter((secret) => secret.metadata.ownerReferences !== undefined)
      .map((secret) => secret.metadata.name);

  it('have no owner while volumes are retained; leaves always have one', () => {
    expect(owners(allMade())).toEqual(
      recipes.filter((recipe) => recipe.kind === 'leaf').map((recipe) => recipe.secret),
    );
    expect(owners(allMade(deleting))).toEqual(recipes.map((recipe) => recipe.secret));
  });

  it('are taken over by the next stack of that name, which waits for the old leaves to go', () => {
    const left = allMade(earlier);
    const waiting = planOn(left);
    expect(waiting).toMatchObject({ generate: [], apply: [], refusals: [] });
    expect(waiting.findings[0]).toMatchObject({ status: 'False', reason: 'LeftoverSecrets' });
    const leaves = recipes.filter((recipe) => recipe.kind === 'leaf');
    const gone = planOn(without(left, ...leaves.map((leaf) => leaf.secret)));
    expect(gone).toMatchObject({ generate: leaves, apply: [], refusals: [] });
  });

  it('get an owner, or lose it, when whenDeleted changes; their values stay, at the revision that was seen', () => {
    const toDelete = planOn(allMade(stack), deleting).apply;
    const toRetain = planOn(allMade(deleting), stack).apply;
    expect(toDelete).toHaveLength(recipes.filter((recipe) => recipe.kind !== 'leaf').length);
    expect(toRetain).toHaveLength(toDelete.length);
    for (const action of toDelete)
      expect(action).toMatchObject({ object: { metadata: { ownerReferences: [{ uid: 'uid-1' }] } } });
    for (const action of toRetain) {
      if (action.kind !== 'apply') throw new Error(`a ${action.kind} is no change of owner`);
      const { metadata, data } = action.object as KubeObject & { data: unknown };
      expect(metadata).not.toHaveProperty('ownerReferences');
      expect(metadata.resourceVersion).toBe('7');
      expect(data).toEqual(allMade()[metadata.name]?.['data']);
    }
  });
});

describe('secretValues', () => {
  it('reads back what was written', () => {
    const values = { username: 'elastic', password: 'päss\n' };
    expect(secretValues(desiredSecret(stack, recipeOf('logs-es-elastic-user'), values))).toEqual(values);
    expect(secretValues(undefined)).toEqual({});
  });
});
