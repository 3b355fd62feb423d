// Versions of Elastic products, compared by number: which of two is newer decides which settings a program knows.

/** Whether `version` is `other` or newer. Both are `<major>.<minor>.<patch>`, and `other` may leave out what is 0. */
export function isAtLeast(version: string, other: string): boolean {
  const given = numbers(version);
  const wanted = numbers(other);
  const index = [0, 1, 2].find((place) => (given[place] ?? 0) !== (wanted[place] ?? 0));
  return index === undefined || (given[index] ?? 0) > (wanted[index] ?? 0);
}

const numbers = (version: string): readonly number[] => version.split('.').map(Number);
