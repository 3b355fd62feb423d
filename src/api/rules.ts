// Rules that the API server checks on every write, in CEL: they travel in the metadata of the schema that they belong to.

/** One CEL rule. `self` is the value of the schema that carries it. */
export interface CelRule {
  readonly rule: string;
  /** For the reference, and for the user where there is no messageExpression. */
  readonly message: string;
  /** CEL that makes the message, where it must name what was given. */
  readonly messageExpression?: string;
  /** The field to blame, relative to the schema that carries the rule, for example `.replicas`. */
  readonly fieldPath?: string;
}

/** Schema metadata that carries rules into the CustomResourceDefinition. */
export const celRules = (...rules: readonly CelRule[]): Record<string, unknown> => ({
  'x-kubernetes-validations': rules,
});

/** Schema metadata of a list whose items are told apart by these fields: no two items may agree in all of them. */
export const listMap = (...keys: readonly string[]): Record<string, unknown> => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});

/** Schema metadata of a list that holds each value once. */
export const listSet: Record<string, unknown> = { 'x-kubernetes-list-type': 'set' };

/** A rule on the keys of a map: each must match. The message names the first key that does not. */
export function keysMatch(pattern: string, allowed: string): CelRule {
  return {
    rule: `self.all(key, key.matches('${pattern}'))`,
    message: `each key must be ${allowed}`,
    messageExpression: `'key "' + self.filter(key, !key.matches('${pattern}'))[0] + '" is not allowed: it must be ${allowed}'`,
  };
}

/** A rule on the keys of a map: none may match. The message names the first key that does. */
export function keysRefused(pattern: string, reason: string): CelRule {
  return {
    rule: `!self.exists(key, key.matches('${pattern}'))`,
    message: reason,
    messageExpression: `'key "' + self.filter(key, key.matches('${pattern}'))[0] + '" is not allowed: ${reason}'`,
  };
}

/** CEL: a required field is what it was. `at` is the path to the object that has the field. */
export const isSame = (field: string, at = ''): string => `self${at}.${field} == oldSelf${at}.${field}`;

/**
 * CEL: an optional field is what it was. Not `self.?field == oldSelf.?field`: the API server cannot bound what comparing
 * optional values may cost, and refuses the whole definition.
 */
export function isUnchanged(field: string, at = ''): string {
  const [now, before] = [`has(self${at}.${field})`, `has(oldSelf${at}.${field})`];
  return `${now} == ${before} && (!${now} || ${isSame(field, at)})`;
}
