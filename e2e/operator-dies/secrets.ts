// Whether generated Secrets are made once and for ever: compares what is seen of them at several moments, by hash.
import { createHash } from 'node:crypto';
import type { SecretHistory } from '../environment/audit.ts';

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

/**
 * Secrets that were made more often than once. A creation whose client dies meanwhile is logged with 504, done or not
 * (seen with 60 clients: 29 times 504, and 16 of those Secrets were there). So one that is there, was at most once seen to
 * be created and never to be deleted, was made once.
 */
export function notMadeOnce(there: Iterable<string>, { created, deleted }: SecretHistory): readonly string[] {
  return [...new Set([...there, ...created])].flatMap((name) => {
    const times = created.filter((one) => one === name).length;
    return [
      ...(times > 1 ? [`${name}: created ${times} times`] : []),
      ...(deleted.includes(name) ? [`${name}: deleted`] : []),
    ];
  });
}
