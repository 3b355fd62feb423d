// Kubernetes quantities in the form in which the API server returns them, so that a desired object equals the live one.

const decimalSuffixes = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/**
 * The canonical form of a quantity: the largest suffix that leaves a whole number. `1024Mi` becomes `1Gi`, `1000m`
 * becomes `1`, `1536Mi` stays. Source: k8s.io/apimachinery, api/resource, "Before serializing, Quantity will be put in
 * canonical form". Throws on what is not a positive whole number with a suffix (all that our API accepts).
 */
export function canonicalQuantity(text: string): string {
  const { digits, suffix, suffixes, step } = parse(text);
  let amount = BigInt(digits);
  let index = suffixes.indexOf(suffix);
  while (amount !== 0n && amount % step === 0n && index < suffixes.length - 1) {
    amount /= step;
    index += 1;
  }
  return `${amount}${suffixes[index] ?? ''}`;
}

/** The number of bytes that a quantity of bytes stands for. */
export function bytesOf(text: string): number {
  const { digits, suffix, suffixes, step } = parse(text);
  const exponent = suffixes.indexOf(suffix) - suffixes.indexOf('');
  return Number(digits) * Number(step) ** exponent;
}

function parse(text: string): { digits: string; suffix: string; suffixes: readonly string[]; step: bigint } {
  const [, digits, suffix] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  if (digits !== undefined && suffix !== undefined) {
    if (suffix.endsWith('i')) {
      if (includes(binarySuffixes, suffix)) return { digits, suffix, suffixes: binarySuffixes, step: 1024n };
    } else if (includes(decimalSuffixes, suffix)) return { digits, suffix, suffixes: decimalSuffixes, step: 1000n };
  }
  throw new Error(`"${text}" is no quantity: it must be a whole number with an optional suffix, such as 500m or 10Gi.`);
}

const includes = (suffixes: readonly string[], suffix: string): boolean => suffixes.includes(suffix);
