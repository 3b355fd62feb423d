// Kibana: one Deployment, rolled out as soon as the Secrets that it reads exist.
import { workloadOf } from '../core/followers.ts';
import { planKibana } from '../core/kibana/desired.ts';
import { names } from '../core/names.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { workloadFinding, workloadProgress } from '../core/status/workload.ts';
import type { Component } from './framework.ts';

export function kibanaComponent(templates: ConfigTemplates): Component {
  return {
    name: 'kibana',
    conditions: ['KibanaReady'],
    sections: ['kibana'],
    reconcile: async ({ stack, live, act, turn }, signal) => {
      const plan = planKibana(stack, templates, live);
      await act(plan.actions, signal);
      const { name, namespace } = stack.identity;
      const deployment = live(workloadOf('kibana', stack.identity));
      const { ready, desired, complete } = workloadProgress(deployment, stack.kibana.replicas);
      const endpoint = `https://${names.kibanaHttp(name)}.${namespace}.svc:5601`;
      return {
        findings: [workloadFinding('KibanaReady', { ready, desired, complete }, plan, turn)],
        refusals: plan.refusals,
        section: { kibana: { endpoint, ready, desired } },
      };
    },
  };
}
