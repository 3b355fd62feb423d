// What controllers tell of their work, for whoever measures it.
import type { Moving } from '../core/elasticsearch/moving.ts';
import type { EndedStep } from '../core/status/progress.ts';

export interface Meters {
  /** What a look at a stack's Elasticsearch found on the move; undefined when there was no answer. */
  onLook(stack: { readonly namespace: string; readonly name: string }, moving: Moving | undefined): void;
  onStepEnded(step: EndedStep): void;
}
