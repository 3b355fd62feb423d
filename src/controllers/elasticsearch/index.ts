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

/** What depends on writes to Elasticsearch: index template and streams are all that is written there. */
const writtenConditions = ['IndexTemplateReady', 'RetentionEffective'] as const;

export function elasticsearchComponent(templates: ConfigTemplates, clients: ElasticsearchClients): Component {
  return {
    name: 'elasticsearch',
    conditions: ['ElasticsearchReady', ...writtenConditions],
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

/** A write that failed is news of every condition that depends on it: what was planned has not come about. */
export function withFailure(findings: readonly Finding[], { code, message }: EsFault): readonly Finding[] {
  const types: readonly string[] = writtenConditions;
  return findings.map((finding) =>
    types.includes(finding.type) ? { type: finding.type, status: 'False', reason: code, message } : finding,
  );
}
