// Comparing resource versions. They are decimal numbers of any length (Kubernetes documents this since 1.35; it has been
// so with etcd since the first release).

const decimal = /^[1-9]\d*$|^0$/;

/** Whether `left` is at least `right`; undefined when either is not a decimal number, so that nobody guesses. */
export function isAtLeast(left: string | undefined, right: string | undefined): boolean | undefined {
  if (left === undefined || right === undefined || !decimal.test(left) || !decimal.test(right)) return undefined;
  return left.length === right.length ? left >= right : left.length > right.length;
}
