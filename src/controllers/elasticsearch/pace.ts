// Keeps looks at a stack's Elasticsearch apart: pods and claims change many times a second while nodes come and go, and each change wakes the controller.
import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../../kube/resources.ts';
import type { Look, Outcome } from '../framework.ts';

/** The shortest time between the end of one look and the next, in ms. */
const apartMs = 1000;
/** While look after look says the same, the next one waits for a fortieth of the time that this has lasted: so little is lost by it. */
const share = 40;
/** But never for longer than this, in ms, unless the planner says so. */
const longestMs = 30_000;

interface Last {
  readonly uid: string;
  readonly generation: number;
  /** Undefined while the next look is being taken: one that fails keeps nothing from being looked at. */
  readonly endedAt: number | undefined;
  readonly outcome: Outcome;
  readonly heldBack: readonly string[];
  /** Since when the same has been said. */
  readonly since: number;
}

export class Pace {
  readonly #last = new Map<string, Last>();

  /**
   * What to say instead of looking again so soon: what was said last, and when to look. Undefined when it is time, or
   * when the spec was edited. Nothing is done meanwhile, so that nothing is done on an old look.
   */
  tooSoon(look: Look): Outcome | undefined {
    const last = this.#lastOf(look);
    if (last?.endedAt === undefined) return undefined;
    const wait = last.endedAt + apartMs - look.runtime.clock.now();
    if (wait <= 0) return undefined;
    // It belongs to what was said: without it the status would change to and fro.
    look.heldBack?.push(...last.heldBack);
    return { ...last.outcome, requeueAfterMs: wait };
  }

  /** To be told before each look that is taken. */
  begins(look: Look): void {
    const last = this.#lastOf(look);
    if (last !== undefined) this.#last.set(keyOf(look.stack.identity), { ...last, endedAt: undefined });
  }

  /** Remembers a look that has just ended, and what came of it. Returns it with the time of the next look. */
  looked(look: Look, outcome: Outcome): Outcome {
    const { uid, generation } = look.stack.identity;
    const heldBack = [...(look.heldBack ?? [])];
    const last = this.#lastOf(look);
    const endedAt = look.runtime.clock.now();
    const isSame = last !== undefined && isDeepStrictEqual(said(last), said({ outcome, heldBack }));
    const since = isSame ? last.since : endedAt;
    this.#last.set(keyOf(look.stack.identity), { uid, generation, endedAt, outcome, heldBack, since });
    const slower = Math.min(longestMs, (endedAt - since) / share);
    return { ...outcome, requeueAfterMs: Math.max(outcome.requeueAfterMs ?? 0, slower) };
  }

  /** Forgets a stack. */
  forget(stack: { readonly namespace: string; readonly name: string }): void {
    this.#last.delete(keyOf(stack));
  }

  #lastOf({ stack }: Look): Last | undefined {
    const { uid, generation } = stack.identity;
    const last = this.#last.get(keyOf(stack.identity));
    return last?.uid === uid && last.generation === generation ? last : undefined;
  }
}

const said = ({ outcome, heldBack }: Pick<Last, 'outcome' | 'heldBack'>) => [
  outcome.findings,
  outcome.refusals,
  outcome.section,
  heldBack,
];
