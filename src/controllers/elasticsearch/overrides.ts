// Tells of overrides that are relied on: an Event for each, so that whoever asks later why a rule did not hold finds who lifted it and why.
import type { Override } from '../../api/overrides.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Look } from '../framework.ts';

/** When an Event that was not taken is tried again, in ms: each try may take seconds, and work waits for it. */
const againMs = 60_000;

/** Remembers what it told. An Event that was written by another process before is not written twice: its name says what it is about. */
export class ToldOverrides {
  /** By stack and occurrence, when to tell it: never again once it was taken. */
  readonly #told = new Map<string, Map<string, number>>();

  async tell({ object, runtime, stack }: Look, used: readonly Override[], signal: AbortSignal): Promise<void> {
    const told = this.#told.get(keyOf(stack.identity)) ?? new Map<string, number>();
    this.#told.set(keyOf(stack.identity), told);
    for (const { rule, subject, until, reason } of used) {
      const occurrence = `${stack.identity.uid}/${rule}/${subject}/${until}`;
      if (runtime.clock.now() < (told.get(occurrence) ?? 0)) continue;
      const note = `${rule} does not hold for ${subject} until ${until}, by an override: ${reason}`;
      if (!told.has(occurrence))
        runtime.log.warn({ stack: keyOf(stack.identity), rule, subject, until }, 'an override is used');
      const isTaken = await runtime.recorder.record(
        { regarding: object, type: 'Warning', reason: 'OverrideUsed', action: 'Reconcile', note, occurrence },
        signal,
      );
      told.set(occurrence, isTaken ? Infinity : runtime.clock.now() + againMs);
    }
  }

  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#told.delete(keyOf(stack));
  }
}
