// Compares what writers say they wrote with what a search finds: by id, and by the SHA-256 of the whole text.
import { createHash } from 'node:crypto';

export interface Comparison {
  readonly written: number;
  readonly missing: readonly string[];
  /** Found, but with another text. */
  readonly different: readonly string[];
  /** Found more often than once; at-least-once delivery allows it, so it is counted and printed, not refused. */
  readonly duplicates: number;
  /** Texts with an id that no writer wrote. */
  readonly unknown: number;
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

/** Collects texts as pages of search results come in, so that they need not all be kept. */
export class Search {
  private readonly hashes = new Map<string, Set<string>>();
  private total = 0;

  add(text: string): void {
    this.total += 1;
    const id = idOf(text);
    const known = this.hashes.get(id) ?? new Set();
    this.hashes.set(id, known.add(sha256(text)));
  }

  compare(ledger: ReadonlyMap<string, string>): Comparison {
    const missing: string[] = [];
    const different: string[] = [];
    for (const [id, hash] of ledger) {
      const found = this.hashes.get(id);
      if (found === undefined) missing.push(id);
      else if (!found.has(hash) || found.size > 1) different.push(id);
    }
    const unknown = [...this.hashes.keys()].filter((id) => !ledger.has(id)).length;
    const distinct = [...this.hashes.keys()].filter((id) => ledger.has(id)).length;
    return { written: ledger.size, missing, different, duplicates: this.total - distinct - unknown, unknown };
  }
}
