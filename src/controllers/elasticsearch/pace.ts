// Keeps looks at a stack's Elasticsearch apart: pods and claims change many times a second while nodes come and go, and each change wakes the controller.
import type { Look, Outcome } from '../framework.ts';

/** The shortest time between the end of one look and the next, in ms. */
const apartMs = 1000;

interface Last {
  readonly uid: string;
  readonly generation: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

export class Pace {
  readonly #last = new Map<string, Last>();

  /**
   * What to say instead of looking again so soon: what was said last, and when to look. Undefined when it is time, or
   * when the spec was edited. Nothing is done meanwhile, so that nothing is done on an old look.
   */
  tooSoon({ stack, runtime }: Look): Outcome | undefined {
    const { uid, generation } = stack.identity;
    const last = this.#last.get(keyOf(stack.identity));
    if (last?.uid !== uid || last.generation !== generation) return undefined;
    const wait = last.endedAt + apartMs - runtime.clock.now();
    return wait <= 0 ? undefined : { ...last.outcome, requeueAfterMs: wait };
  }

  /** Remembers a look that has just ended, and what came of it. */
  looked({ stack, runtime }: Look, outcome: Outcome): void {
    const { uid, generation } = stack.identity;
    this.#last.set(keyOf(stack.identity), { uid, generation, endedAt: runtime.clock.now(), outcome });
  }

  /** Forgets a stack; also before each look, so that one that fails keeps nothing from being looked at. */
  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#last.delete(keyOf(stack));
  }
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
