// Plans a stack's generated Secrets: which to make now, whose owner to change, and which existing ones are not usable.
import type { KubeObject, ObjectReference } from '../kubernetes.ts';
import { componentLabels, fieldManager, labels, managedBy, ownerReference } from '../names.ts';
import { foreignObject, isOurs, type LiveObjects, type ObjectAction } from '../objects.ts';
import { describeRule, type Refusal } from '../refusal.ts';
import type { StackIdentity, ResolvedStack } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import { isKept, keysOf, requiredSecrets, type SecretRecipe, sourcesOf } from './recipes.ts';

interface SecretPlan {
  /** Secrets to make now. All that they are made from is there; the others follow when it is. */
  readonly generate: readonly SecretRecipe[];
  /** Owners to set or take away because `volumes.whenDeleted` changed. Values stay as they are. */
  readonly apply: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
  readonly findings: readonly Finding[];
}

type SecretState =
  | { readonly kind: 'missing' }
  /** Of an earlier stack of this name: Kubernetes is about to delete it. */
  | { readonly kind: 'leftover' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Made from Secrets that are gone. */
  | { readonly kind: 'orphaned'; readonly sources: readonly string[] }
  | { readonly kind: 'ready'; readonly live: KubeObject };

interface JudgedSecret {
  readonly recipe: SecretRecipe;
  readonly state: SecretState;
}

/** Plans one step. Existing values are never written: what is unusable is named, and a person decides. */
export function planSecrets(stack: ResolvedStack, live: LiveObjects): SecretPlan {
  const { identity } = stack;
  const states = new Map<string, SecretState>();
  const judged = requiredSecrets(stack).map((recipe): JudgedSecret => {
    const state = judge(identity, recipe, live(secretReference(identity, recipe.secret)), states);
    states.set(recipe.secret, state);
    return { recipe, state };
  });
  const ready = (secret: string): boolean => states.get(secret)?.kind === 'ready';
  const lost = lostSources(judged);
  const refusals = [
    ...judged.flatMap(({ state }) => (state.kind === 'refused' ? [state.refusal] : [])),
    ...[...lost].map(([source, dependents]) => lostSource(source, dependents)),
  ];
  const missing = judged.filter(({ recipe, state }) => state.kind === 'missing' && !lost.has(recipe.secret));
  return {
    generate: missing.map(({ recipe }) => recipe).filter((recipe) => sourcesOf(recipe).every(ready)),
    apply: judged.flatMap((one) => ownerChange(stack, one)),
    refusals,
    findings: [finding(judged, refusals)],
  };
}

/** What a Secret holds, by key: texts, and the bytes of what is none. */
export type SecretContent = Readonly<Record<string, string | Uint8Array>>;

/** The Secret of a recipe, to be created with the values that were made for it. */
export function desiredSecret(stack: ResolvedStack, recipe: SecretRecipe, values: SecretContent): KubeObject {
  const encoded = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return secretObject(stack, recipe, 'Opaque', Object.fromEntries(encoded) as Record<string, string>);
}

/** The action that creates a Secret. One of that name that exists already is never overwritten. */
export function createSecret(stack: ResolvedStack, recipe: SecretRecipe, values: SecretContent): ObjectAction {
  return { kind: 'create', object: desiredSecret(stack, recipe, values), fieldManager: fieldManager('credentials') };
}

/** The decoded values of a live Secret, as texts. */
export function secretValues(secret: KubeObject | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(encodedValues(secret)).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

export const secretReference = ({ namespace }: StackIdentity, name: string): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name,
});

function encodedValues(secret: KubeObject | undefined): Readonly<Record<string, string>> {
  return (secret?.['data'] ?? {}) as Record<string, string>;
}

function secretObject(
  stack: ResolvedStack,
  recipe: SecretRecipe,
  type: unknown,
  data: Readonly<Record<string, string>>,
  resourceVersion?: string,
): KubeObject {
  const { identity } = stack;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: recipe.secret,
      namespace: identity.namespace,
      labels: componentLabels(identity, 'credentials'),
      ...(isOwned(stack, recipe) ? { ownerReferences: [ownerReference(identity)] } : {}),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type,
    data,
  };
}

/** Secrets that belong to retained volumes have no owner, so that they outlive the stack with them. */
const isOwned = (stack: ResolvedStack, recipe: SecretRecipe): boolean =>
  !isKept(recipe) || stack.volumes.whenDeleted === 'Delete';

function judge(
  stack: StackIdentity,
  recipe: SecretRecipe,
  live: KubeObject | undefined,
  sources: ReadonlyMap<string, SecretState>,
): SecretState {
  if (live === undefined) return { kind: 'missing' };
  if (isLeftover(live, stack)) return { kind: 'leftover' };
  if (!isOurs(live, stack)) return { kind: 'refused', refusal: foreignObject(secretReference(stack, recipe.secret)) };
  const absent = keysOf(recipe).find((key) => (encodedValues(live)[key] ?? '') === '');
  if (absent !== undefined) return { kind: 'refused', refusal: incomplete(recipe, absent) };
  const lost = sourcesOf(recipe).filter((source) => sources.get(source)?.kind === 'missing');
  if (lost.length > 0) return { kind: 'orphaned', sources: lost };
  return { kind: 'ready', live };
}

function isLeftover(live: KubeObject, stack: StackIdentity): boolean {
  if (live.metadata.labels?.['app.kubernetes.io/managed-by'] !== managedBy) return false;
  if (live.metadata.labels[labels.stack] !== stack.name) return false;
  const controller = live.metadata.ownerReferences?.find((owner) => owner.controller === true);
  const earlier = controller?.kind === 'LoggingStack' && controller.name === stack.name && controller.uid !== stack.uid;
  return earlier || live.metadata.deletionTimestamp !== undefined;
}

const subjectOf = (secret: string): string => `Secret/${secret}`;

export const secretIncompleteRule = describeRule({
  name: 'SecretIncomplete',
  liftable: 'never',
  reason:
    'A Secret lacks a value that it had. A new one could lock out what the old one protects, so nothing is overwritten.',
  remedy: 'Put the value back, or delete the Secret to have it made anew.',
});

function incomplete(recipe: SecretRecipe, key: string): Refusal {
  return {
    rule: secretIncompleteRule.name,
    subject: subjectOf(recipe.secret),
    message: `Secret ${recipe.secret} has no value for ${key}. It is not overwritten, because what it protects may depend on it.`,
    remedy: `Put ${key} back, or delete Secret ${recipe.secret} to have it made anew.`,
  };
}

/** Secrets that are gone, each with those that were made from it. */
function lostSources(judged: readonly JudgedSecret[]): ReadonlyMap<string, readonly string[]> {
  const lost = new Map<string, readonly string[]>();
  for (const { recipe, state } of judged)
    for (const source of state.kind === 'orphaned' ? state.sources : [])
      lost.set(source, [...(lost.get(source) ?? []), recipe.secret]);
  return lost;
}

export const secretLostRule = describeRule({
  name: 'SecretLost',
  liftable: 'never',
  reason: 'A Secret is gone from which others were made, such as an authority: a new one would not fit them.',
  remedy: 'Restore the Secret, or delete those that were made from it, too.',
});

/** One refusal for all that depend on it: the status has one entry for each rule and subject. */
function lostSource(source: string, dependents: readonly string[]): Refusal {
  const made = dependents.join(', ');
  const [were, together] = dependents.length === 1 ? ['was', 'both'] : ['were', 'all'];
  return {
    rule: secretLostRule.name,
    subject: subjectOf(source),
    message: `Secret ${source} is gone, but ${made} ${were} made from it. A new ${source} would not fit.`,
    remedy: `Restore Secret ${source}, or delete Secret ${made} too, to have ${together} made anew.`,
  };
}

/**
 * Sets or removes the owner of a kept Secret. The whole object is applied, because a field that its manager no longer
 * names is removed; the values are those of this very revision, or the API server refuses.
 */
function ownerChange(stack: ResolvedStack, { recipe, state }: JudgedSecret): readonly ObjectAction[] {
  if (state.kind !== 'ready') return [];
  const { metadata, type } = state.live as KubeObject & { type?: unknown };
  const owned = metadata.ownerReferences?.some((owner) => owner.uid === stack.identity.uid) === true;
  if (owned === isOwned(stack, recipe)) return [];
  const values = encodedValues(state.live);
  const data = Object.fromEntries(keysOf(recipe).map((key) => [key, values[key] ?? '']));
  const object = secretObject(stack, recipe, type, data, metadata.resourceVersion);
  return [{ kind: 'apply', object, fieldManager: fieldManager('credentials') }];
}

function finding(judged: readonly JudgedSecret[], refusals: readonly Refusal[]): Finding {
  const ready = judged.filter(({ state }) => state.kind === 'ready').length;
  const leftover = judged.filter(({ state }) => state.kind === 'leftover').map(({ recipe }) => recipe.secret);
  const condition = (status: Finding['status'], reason: string, message: string): Finding => ({
    type: 'CredentialsReady',
    status,
    reason,
    message,
  });
  const [first] = refusals;
  if (first !== undefined) return condition('False', first.rule, refusals.map((one) => one.message).join(' '));
  if (ready === judged.length)
    return condition('True', 'SecretsReady', `All ${judged.length} generated Secrets are there.`);
  if (leftover.length > 0)
    return condition(
      'False',
      'LeftoverSecrets',
      `Waiting until Kubernetes has deleted what an earlier stack of this name left: ${leftover.join(', ')}.`,
    );
  return condition('False', 'GeneratingSecrets', `${ready} of ${judged.length} generated Secrets are there.`);
}
