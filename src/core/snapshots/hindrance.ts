// What keeps something from being done, and whether waiting, people or an edit mend it.

export interface Hindrance {
  /** CamelCase. */
  readonly reason: string;
  /** What, why, and what to do. */
  readonly message: string;
  /** It passes by itself; it does not, but may be mended elsewhere; or only an edit mends it. */
  readonly kind: 'waits' | 'refused' | 'wrong';
}

/** A value, or why there is none. */
export type Judged<T> = { readonly value: T } | { readonly hindrance: Hindrance };

export const waits = (reason: string, message: string): Hindrance => ({ reason, message, kind: 'waits' });
export const refused = (reason: string, message: string): Hindrance => ({ reason, message, kind: 'refused' });
export const wrong = (reason: string, message: string): Hindrance => ({ reason, message, kind: 'wrong' });
