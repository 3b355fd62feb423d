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
  /** Texts with an id that no writer wrote. */
  readonly unknown: number;
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

/** Collects texts as pages of search results come in. Only those that no writer wrote as they are are kept whole. */
export class Search {
  readonly #ledger: ReadonlyMap<string, string>;
  readonly #hashes = new Map<string, string[]>();
  readonly #beginnings: Found[] = [];
  readonly #strangers: Found[] = [];

  /** `ledger`: by id, the SHA-256 of the text. */
  constructor(ledger: ReadonlyMap<string, string>) {
    this.#ledger = ledger;
  }

  add(found: Found): void {
    const id = idOf(found.text);
    if (found.partial) this.#beginnings.push(found);
    else if (this.#ledger.has(id)) this.#count(id, sha256(found.text));
    else this.#strangers.push(found);
  }

  #count(id: string, hash: string): void {
    this.#hashes.set(id, [...(this.#hashes.get(id) ?? []), hash]);
  }

  /** Finds the beginnings and ends that together are a line of the ledger; returns how many, and how many texts are left. */
  #join(): { readonly joined: number; readonly left: number } {
    const idOfHash = new Map([...this.#ledger].map(([id, hash]) => [hash, id]));
    const ends = new Set(this.#strangers);
    let joined = 0;
    for (const beginning of this.#beginnings) {
      const candidates = [...ends].filter((end) => end.pod === beginning.pod);
      const end = candidates.find((one) => idOfHash.has(sha256(beginning.text + one.text)));
      if (end === undefined) continue;
      const hash = sha256(beginning.text + end.text);
      this.#count(idOfHash.get(hash) ?? '', hash);
      ends.delete(end);
      joined += 1;
    }
    return { joined, left: this.#beginnings.length - joined + ends.size };
  }

  /** Call it once, when all is added. */
  compare(): Comparison {
    const { joined, left } = this.#join();
    const ids = [...this.#ledger.keys()];
    const all = [...this.#hashes.values()];
    return {
      written: ids.length,
      missing: ids.filter((id) => !this.#hashes.has(id)),
      different: ids.filter((id) => this.#hashes.get(id)?.some((hash) => hash !== this.#ledger.get(id)) === true),
      duplicates: all.reduce((sum, hashes) => sum + hashes.length - 1, 0),
      inTwo: joined,
      unknown: left,
    };
  }
}
