// Waiting for something to become true, with a deadline, and with the last thing seen in the error when it does not.
import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Seconds after which waiting fails. */
  readonly seconds: number;
  /** Seconds between two looks. */
  readonly every?: number;
}

/** What one look found: the value awaited, or what is seen instead. */
export type Seen<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly seen: string };

export const seen = (text: string): { readonly done: false; readonly seen: string } => ({ done: false, seen: text });
export const found = <T>(value: T): { readonly done: true; readonly value: T } => ({ done: true, value });

/** Looks until it is done. An error of a look is something seen, not the end. */
export async function waitFor<T>(what: string, look: () => Promise<Seen<T>>, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + options.seconds * 1000;
  let last = 'nothing yet';
  while (performance.now() < deadline) {
    options.signal.throwIfAborted();
    const result = await look().catch((error: unknown) => seen(error instanceof Error ? error.message : String(error)));
    if (result.done) return result.value;
    last = result.seen;
    await pause((options.every ?? 1) * 1000, undefined, { signal: options.signal });
  }
  throw new Error(`waited ${options.seconds} s for ${what}; last seen: ${last}`);
}
