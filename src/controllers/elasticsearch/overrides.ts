// Tells of overrides that are relied on: an Event for each, so that whoever asks later why a rule did not hold finds who lifted it and why.
import type { Override } from '../../api/overrides.ts';
import type { Look } from '../framework.ts';

/** Remembers what it told. An Event that was written by another process before is not written twice: its name says what it is about. */
export class ToldOverrides {
  readonly #told = new Map<string, Set<string>>();

  async tell({ object, runtime, stack }: Look, used: readonly Override[], signal: AbortSignal): Promise<void> {
    const told = this.#told.get(keyOf(stack.identity)) ?? new Set<string>();
    this.#told.set(keyOf(stack.identity), told);
    for (const { rule, subject, until, reason } of used) {
      const occurrence = `${stack.identity.uid}/${rule}/${subject}/${until}`;
      if (told.has(occurrence)) continue;
      told.add(occurrence);
      const note = `${rule} does not hold for ${subject} until ${until}, by an override: ${reason}`;
      runtime.log.warn({ stack: keyOf(stack.identity), rule, subject, until }, 'an override is used');
      await runtime.recorder.record(
        { regarding: object, type: 'Warning', reason: 'OverrideUsed', action: 'Reconcile', note, occurrence },
        signal,
      );
    }
  }

  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#told.delete(keyOf(stack));
  }
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
