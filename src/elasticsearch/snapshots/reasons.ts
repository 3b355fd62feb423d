// Why Elasticsearch refused something, in its own words: short, in one line, without what is secret or different each time.

const longestReason = 300;

/** What must not be told, or would make each refusal look like another one. */
const noise: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // What follows the question mark of an address may be a signature.
  [/(https?:\/\/[^\s?]+)\?\S*/g, '$1'],
  [/\b(?:x-ms-|amz-|extended |host )?(?:request[ -]?id|id-2)\b["']?\s*[:=]\s*[^\s,;)\]}]+/gi, '…'],
  // Addresses of pods, and ids of nodes and processes.
  [/[[{]?\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?[\]}]?/g, '…'],
  [/\b(?=[\w+=]*[a-z])(?=[\w+=]*[A-Z])(?=[\w+=]*\d)[\w+=]{20,}/g, '…'],
  // Folders that a verification makes are named at random.
  [/\btests-[\w-]+/g, 'tests-…'],
];

/** One line of a text that Elasticsearch gave, fit to be told to people. */
export function oneLine(text: string, longest = longestReason): string {
  const [line = ''] = text.trim().split(/[\r\n]/);
  // eslint-disable-next-line no-control-regex -- this is what they are looked for
  const plain = line.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
  const told = noise.reduce((told, [pattern, instead]) => told.replaceAll(pattern, instead), plain);
  return told.length <= longest ? told : `${told.slice(0, longest - 1)}…`;
}

/** The reason in the body of a refusal, with the cause at its end, which often is what helps; undefined when there is none. */
export function reasonOf(body: unknown): string | undefined {
  const { error } = (body ?? {}) as { readonly error?: unknown };
  if (typeof error === 'string') return oneLine(error);
  const reasons = reasonsOf(error).map((one) => oneLine(one));
  const [first, last] = [reasons[0], reasons.at(-1)];
  if (first === undefined || last === undefined || first.includes(last)) return first;
  return oneLine(`${first}: ${last}`);
}

/** No answer nests deeper than this. */
const deepest = 20;

/** From the outermost to the innermost. */
function reasonsOf(cause: unknown, depth = 0): readonly string[] {
  if (typeof cause !== 'object' || cause === null || depth > deepest) return [];
  const { reason, caused_by } = cause as { readonly reason?: unknown; readonly caused_by?: unknown };
  return [...(typeof reason === 'string' ? [reason] : []), ...reasonsOf(caused_by, depth + 1)];
}
