// Elasticsearch: look at the stack's nodes and cluster, plan the next safe step, take it.
import { plan } from '../../core/elasticsearch/plan.ts';
import { names } from '../../core/names.ts';
import type { ConfigTemplates } from '../../core/rendering/templates.ts';
import type { Finding } from '../../core/status/conditions.ts';
import type { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import type { EsFault } from '../../elasticsearch/faults.ts';
import type { Component } from '../framework.ts';
import { act } from './act.ts';
import { connectionTo } from './connection.ts';
import { observe } from './observe.ts';

const templateCondition = 'IndexTemplateReady';

export function elasticsearchComponent(templates: ConfigTemplates, clients: ElasticsearchClients): Component {
  return {
    name: 'elasticsearch',
    conditions: ['ElasticsearchReady', templateCondition, 'RetentionEffective'],
    sections: ['version', 'dataReplicas', 'dataSelector', 'elasticsearch'],
    followsElasticsearch: false,
    reconcile: async (look, signal) => {
      const connection = connectionTo(clients, look);
      const observed = await observe(look, connection, names.indexTemplate(look.stack.identity.name), signal);
      const planned = plan(look.stack, observed, templates);
      const failure = await act(look, planned.actions, connection, signal);
      return {
        findings: failure === undefined ? planned.findings : withFailure(planned.findings, failure),
        refusals: planned.refusals,
        section: { ...planned.section },
        requeueAfterMs: planned.requeueAfterSeconds * 1000,
      };
    },
    forget: ({ namespace, name }) => {
      clients.close(`${namespace}/${name}`);
      return Promise.resolve();
    },
  };
}

/** The index template is all that is written to Elasticsearch: a failed write is its condition's news. */
function withFailure(findings: readonly Finding[], { code, message }: EsFault): readonly Finding[] {
  const failed: Finding = { type: templateCondition, status: 'False', reason: code, message };
  return findings.map((finding) => (finding.type === templateCondition ? failed : finding));
}
