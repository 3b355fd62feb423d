// Whether generated Secrets are made once and for ever: compares what is seen of them at several moments, by hash.
import { createHash } from 'node:crypto';

interface Secret {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** What is kept of a Secret: enough to notice any change, and nothing that tells a value. */
interface SecretPrint {
  readonly uid: string;
  /** SHA-256 of each value, by its key. */
  readonly values: Readonly<Record<string, string>>;
}

/** By the name of the Secret. */
export type SecretPrints = ReadonlyMap<string, SecretPrint>;

const sha256 = (encoded: string): string => createHash('sha256').update(Buffer.from(encoded, 'base64')).digest('hex');

export function printsOf(secrets: readonly Secret[]): SecretPrints {
  return new Map(
    secrets.map(({ metadata, data = {} }) => {
      const values = Object.fromEntries(Object.entries(data).map(([key, encoded]) => [key, sha256(encoded)]));
      return [metadata.name, { uid: metadata.uid, values }];
    }),
  );
}

/** What is no longer as it was seen before. Secrets that are new are no change. */
export function changedSecrets(before: SecretPrints, after: SecretPrints): readonly string[] {
  return [...before].flatMap(([name, old]) => {
    const now = after.get(name);
    if (now === undefined) return [`${name}: gone`];
    if (now.uid !== old.uid) return [`${name}: another Secret of the same name`];
    const keys = new Set([...Object.keys(old.values), ...Object.keys(now.values)]);
    return [...keys].filter((key) => now.values[key] !== old.values[key]).map((key) => `${name}/${key}: changed`);
  });
}

/** Names that were not created exactly once, given the Secrets that are there and one name per successful creation. */
export function notMadeOnce(there: Iterable<string>, created: readonly string[]): readonly string[] {
  return [...new Set([...there, ...created])].flatMap((name) => {
    const times = created.filter((one) => one === name).length;
    return times === 1 ? [] : [`${name}: created ${times} times`];
  });
}
