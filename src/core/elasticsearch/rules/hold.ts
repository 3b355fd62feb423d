// What keeps a node that serves from being restarted.
import type { Refusal } from '../../refusal.ts';

/** `wait` passes by itself, `look` needs a closer look, a refusal needs somebody. */
export type Hold =
  | { readonly kind: 'wait'; readonly message: string }
  | { readonly kind: 'look' }
  | { readonly kind: 'refuse'; readonly refusals: readonly Refusal[] };

export const wait = (message: string): Hold => ({ kind: 'wait', message });

export const refuse = (refusals: readonly Refusal[]): Hold => ({ kind: 'refuse', refusals });
