// Logstash: its objects as soon as their Secrets exist, the API key that lets it add documents and nothing else, and pods that leave with an empty queue.
import { workloadOf } from '../core/followers.ts';
import { planApiKey } from '../core/logstash/api-key.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import { names } from '../core/names.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { workloadFinding, workloadProgress } from '../core/status/workload.ts';
import type { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { connectionTo } from './elasticsearch/connection.ts';
import { ToldOverrides } from './elasticsearch/overrides.ts';
import type { Component } from './framework.ts';
import { actApiKey, observeApiKey } from './logstash-api-key.ts';
import { QueueLooks, type ReadJson } from './logstash-queue.ts';

/** How often the key is looked at: soon while it is made, seldom when it works. So it is with the queue of a pod that leaves. */
const soonMs = 5_000;
const steadyMs = 60_000;

export function logstashComponent(
  templates: ConfigTemplates,
  clients: ElasticsearchClients,
  read?: ReadJson,
): Component {
  const queues = new QueueLooks(read);
  const told = new ToldOverrides();
  return {
    name: 'logstash',
    conditions: ['LogstashReady'],
    sections: ['logstash'],
    reconcile: async (look, signal) => {
      const { stack, live, act, turn } = look;
      const connection = connectionTo(clients, look);
      const key = planApiKey(stack, await observeApiKey(look, connection, signal));
      const failed = await actApiKey(look, key, connection, signal);
      const seen = await queues.take(look, signal);
      const plan = planLogstash(stack, templates, live, seen);
      if (!stack.paused) await told.tell(look, plan.lifted, signal);
      await act(plan.actions, signal);

      const { name, namespace } = stack.identity;
      const set = live(workloadOf('logstash', stack.identity));
      const { ready, desired, complete } = workloadProgress(set, stack.logstash.replicas);
      const refusals = [...key.refusals, ...plan.refusals];
      const waiting = failed ?? key.waiting;
      const rolled = workloadFinding('LogstashReady', { ready, desired, complete }, { ...plan, refusals }, turn);
      const finding = plan.waiting === undefined ? rolled : { ...rolled, message: `${rolled.message} ${plan.waiting}` };
      const stuck = waiting !== undefined && (finding.reason === 'WaitingForSecrets' || finding.status === 'True');
      return {
        findings: [stuck ? { ...finding, status: 'False', reason: 'WaitingForApiKey', message: waiting } : finding],
        refusals,
        section: { logstash: { endpoint: `${names.logstashBeats(name)}.${namespace}.svc:5044`, ready, desired } },
        requeueAfterMs: waiting === undefined && seen.queue === undefined ? steadyMs : soonMs,
      };
    },
    forget: (gone) => {
      queues.forget(gone);
      told.forget(gone);
      return Promise.resolve();
    },
  };
}
