// Nodes that come or go in the middle of a closer look make it none. That passes with the next look, so it is told only when it lasts.
import type { AnsweredLook } from '../../core/elasticsearch/observed.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Look } from '../framework.ts';

/** Elasticsearch takes a node that is silent out of the cluster within half a minute. */
const longestMs = 30_000;

type Stack = Pick<Look['stack']['identity'], 'namespace' | 'name'>;

export class Patience {
  readonly #since = new Map<string, number>();

  /** The look without the word that its detail failed, which the planner would tell of. It authorises nothing either way. */
  withoutPassingFault({ stack, runtime }: Look, cluster: AnsweredLook): AnsweredLook {
    const { detailFault, ...rest } = cluster;
    if (detailFault?.code !== 'EsNodesChanged') {
      this.forget(stack.identity);
      return cluster;
    }
    const now = runtime.clock.now();
    const since = this.#since.get(keyOf(stack.identity)) ?? now;
    this.#since.set(keyOf(stack.identity), since);
    return now - since < longestMs ? rest : cluster;
  }

  /** Also when no closer look is needed any more: what comes later is news of its own. */
  forget(stack: Stack): void {
    this.#since.delete(keyOf(stack));
  }
}
