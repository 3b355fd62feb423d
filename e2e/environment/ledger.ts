// Compares what writers say they wrote with what a search finds: by id, and by the SHA-256 of the whole text.
import { createHash } from 'node:crypto';

export interface Comparison {
  readonly written: number;
  readonly missing: readonly string[];
  /** Found, but with another text. */
  readonly different: readonly string[];
  /** Found more often than once; at-least-once delivery allows it, so it is counted and printed, not refused. */
  readonly duplicates: number;
  /** Found in two documents, because the runtime rotated the file in the middle of the line; together they are the text. */
  readonly inTwo: number;
  /** Those of them in which the runtime cut a character in the middle: it arrives as replacement characters, all else is whole. */
  readonly cutCharacters: number;
  /** Texts that are no line of a writer, nor a half of one, described by their ends. */
  readonly unknown: readonly string[];
}

/** A document that a search found. */
export interface Found {
  readonly text: string;
  /** Whether it says of itself that it is only the beginning of a line. */
  readonly partial: boolean;
  /** Which pod wrote it. */
  readonly pod: string;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Every text starts with its id, up to the first space. JSON lines carry it in the field `id`. */
export function idOf(text: string): string {
  if (!text.startsWith('{')) return text.slice(0, Math.max(0, text.indexOf(' ')));
  try {
    const parsed = JSON.parse(text) as { id?: unknown };
    return typeof parsed.id === 'string' ? parsed.id : '';
  } catch {
    return '';
  }
}

const replacement = '\uFFFD';

/** What the two halves can have been: just these, or with one character between them of which neither has all bytes. */
function* originals(
  beginning: string,
  end: string,
  characters: Iterable<string>,
): Generator<[text: string, cut: boolean]> {
  yield [beginning + end, false];
  const head = beginning.replace(/\uFFFD+$/, '');
  const tail = end.replace(/^\uFFFD+/, '');
  if (head === beginning && tail === end) return;
  for (const character of characters) yield [head + character + tail, true];
}

const described = ({ pod, partial, text }: Found): string =>
  `${pod}${partial ? ', partial' : ''}, ${text.length} characters: ${JSON.stringify(text.slice(0, 40))} … ${JSON.stringify(text.slice(-40))}`;

/** Collects texts as pages of search results come in. Only those that no writer wrote as they are are kept whole. */
export class Search {
  readonly #ledger: ReadonlyMap<string, string>;
  readonly #hashes = new Map<string, string[]>();
  readonly #beginnings: Found[] = [];
  readonly #strangers = new Set<Found>();
  /** All characters of more than one byte that were found in whole lines. */
  readonly #characters = new Set<string>();

  /** `ledger`: by id, the SHA-256 of the text. */
  constructor(ledger: ReadonlyMap<string, string>) {
    this.#ledger = ledger;
  }

  add(found: Found): void {
    const id = idOf(found.text);
    if (found.partial) this.#beginnings.push(found);
    else if (this.#ledger.has(id)) {
      this.#count(id, sha256(found.text));
      for (const [character] of found.text.matchAll(/[^\0-\x7f]/gu))
        if (character !== replacement) this.#characters.add(character);
    } else this.#strangers.add(found);
  }

  #count(id: string, hash: string): void {
    this.#hashes.set(id, [...(this.#hashes.get(id) ?? []), hash]);
  }

  /** Finds the beginnings and ends that together are a line of the ledger. */
  #join(): Pick<Comparison, 'inTwo' | 'cutCharacters' | 'unknown'> {
    const idOfHash = new Map([...this.#ledger].map(([id, hash]) => [hash, id]));
    const left: Found[] = [];
    let [inTwo, cutCharacters] = [0, 0];
    for (const beginning of this.#beginnings) {
      const cut = this.#endOf(beginning, idOfHash);
      if (cut === undefined) left.push(beginning);
      else {
        inTwo += 1;
        cutCharacters += Number(cut);
      }
    }
    return { inTwo, cutCharacters, unknown: [...left, ...this.#strangers].map(described) };
  }

  /** Counts the line that begins so, and takes its end off the strangers; returns whether a character was cut. */
  #endOf(beginning: Found, idOfHash: ReadonlyMap<string, string>): boolean | undefined {
    for (const end of [...this.#strangers].filter(({ pod }) => pod === beginning.pod)) {
      for (const [text, cut] of originals(beginning.text, end.text, this.#characters)) {
        const hash = sha256(text);
        const id = idOfHash.get(hash);
        if (id === undefined) continue;
        this.#count(id, hash);
        this.#strangers.delete(end);
        return cut;
      }
    }
    return undefined;
  }

  /** Call it once, when all is added. */
  compare(): Comparison {
    const joined = this.#join();
    const ids = [...this.#ledger.keys()];
    const all = [...this.#hashes.values()];
    return {
      written: ids.length,
      missing: ids.filter((id) => !this.#hashes.has(id)),
      different: ids.filter((id) => this.#hashes.get(id)?.some((hash) => hash !== this.#ledger.get(id)) === true),
      duplicates: all.reduce((sum, hashes) => sum + hashes.length - 1, 0),
      ...joined,
    };
  }
}
