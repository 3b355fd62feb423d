// What a write to Elasticsearch does, in words: for a stack that is paused.
import type { ElasticsearchAction } from './actions.ts';
import { someOf } from './figures.ts';

export function actionWords(action: ElasticsearchAction): string {
  switch (action.kind) {
    case 'putIndexTemplate':
      return `write the index template ${action.name}`;
    case 'updateStreams':
      return `bring the data streams ${action.pattern} that have no retention of their own to ${action.retention}`;
    case 'setExclusions':
      return action.names.length === 0
        ? 'let every node take shards again'
        : `move all shards off ${action.names.join(', ')}`;
    case 'setAllocationEnable':
      return action.restart === undefined
        ? 'let copies of shards be made again'
        : 'make no copies of shards elsewhere while a node restarts';
    case 'addVotingExclusions':
      return `take the votes of ${action.nodes.join(', ')}`;
    case 'clearVotingExclusions':
      return 'let every master node vote again';
    case 'setReplicas':
      return `keep ${action.replicas} copies besides the primary of ${someOf(action.indices)}`;
    case 'setTierPreference':
      return `move ${someOf(action.indices)} to the tiers ${action.tiers.join(', ')}`;
  }
}
