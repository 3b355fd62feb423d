// Volumes that were not let grow: the same size is asked for again only after a while, and until then the answer is the one that was given.
import { isExpansion } from '../../core/elasticsearch/expansion.ts';
import { hashOf } from '../../core/objects.ts';
import { type Fault, isFault } from '../../kube/errors.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Look } from '../framework.ts';

/** In ms: storage classes and quotas change seldom. */
const againMs = 60_000;

interface Refused {
  readonly fault: Fault;
  readonly until: number;
}

type Stack = Pick<Look['stack']['identity'], 'namespace' | 'name'>;

export class RefusedGrowth {
  /** By stack, and by what was asked for. */
  readonly #refused = new Map<string, Map<string, Refused>>();

  /** The look with hands that throw what the API server has just thrown. */
  remembering(look: Look): Look {
    const { clock } = look.runtime;
    const act: Look['act'] = async (actions, signal) => {
      for (const action of actions) {
        const known = this.#of(look.stack.identity);
        const asked = hashOf(action);
        const before = known.get(asked);
        if (before !== undefined && clock.now() < before.until) throw before.fault;
        known.delete(asked);
        try {
          await look.act([action], signal);
        } catch (error) {
          if (isExpansion(action) && isFault(error, 'Forbidden', 'Invalid'))
            known.set(asked, { fault: error, until: clock.now() + againMs });
          throw error;
        }
      }
    };
    return { ...look, act };
  }

  #of(stack: Stack): Map<string, Refused> {
    const known = this.#refused.get(keyOf(stack)) ?? new Map<string, Refused>();
    this.#refused.set(keyOf(stack), known);
    return known;
  }

  forget(stack: Stack): void {
    this.#refused.delete(keyOf(stack));
  }
}
