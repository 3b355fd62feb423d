// What is said of a write that Elasticsearch did not take: that it will be tried again, or what has to be mended first.
import { describeRule, type Refusal } from '../../refusal.ts';
import { actionWords } from '../action-words.ts';
import type { ElasticsearchAction } from '../actions.ts';
import { clusterUnknownRule } from './drain-safety.ts';

export const writeRefusedRule = describeRule({
  name: 'WriteRefused',
  liftable: 'never',
  reason:
    'Elasticsearch refuses some writes as often as they are sent, for instance because of a limit or of an index that is blocked. What does not depend on them goes on.',
  remedy:
    'Mend what the refusal names: a limit such as cluster.max_shards_per_node, a block such as index.blocks.read_only_allow_delete on a full disk, or a right that was taken from the role of the operator.',
});

/** Faults in which Elasticsearch did not judge the write: the next one may be taken. */
const passing: readonly string[] = ['EsUnreachable', 'EsTimeout', 'EsNoMaster', 'EsBusy', 'EsInvalidAnswer'];

/** Whether Elasticsearch has done it after all shows in the next look, which comes soon. */
export function notTaken(
  action: ElasticsearchAction,
  { code, message }: { readonly code: string; readonly message: string },
): Refusal {
  const subject = 'Elasticsearch/settings';
  if (passing.includes(code))
    return {
      rule: clusterUnknownRule.name,
      subject,
      message,
      remedy:
        'Nothing, as long as it passes: the operator looks and tries again. Else see the log of the elected master.',
    };
  return {
    rule: writeRefusedRule.name,
    subject,
    message: `The operator cannot ${actionWords(action)}: ${message}`,
    remedy: `${writeRefusedRule.remedy} The operator tries again by itself.`,
  };
}
