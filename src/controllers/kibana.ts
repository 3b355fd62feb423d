// Kibana: one Deployment, rolled out as soon as the secrets it reads exist.
import { desiredKibana } from '../core/kibana/desired.ts';
import { names } from '../core/names.ts';
import { planObjects } from '../core/objects.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { workloadFinding, workloadProgress } from '../core/status/workload.ts';
import type { Component } from './framework.ts';

export function kibanaComponent(templates: ConfigTemplates): Component {
  return {
    name: 'kibana',
    conditions: ['KibanaReady'],
    sections: ['kibana'],
    reconcile: async ({ stack, live, act }, signal) => {
      const { identity } = stack;
      const plan = planObjects(identity, 'kibana', desiredKibana(stack, templates), live);
      await act(plan.actions, signal);
      const { name, namespace } = identity;
      const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: names.kibana(name) };
      const progress = workloadProgress(live(reference), stack.kibana.replicas);
      return {
        findings: [workloadFinding('KibanaReady', progress, plan.refusals)],
        refusals: plan.refusals,
        section: {
          kibana: {
            endpoint: `https://${names.kibanaHttp(name)}.${namespace}.svc:5601`,
            ready: progress.ready,
            desired: progress.desired,
          },
        },
      };
    },
  };
}
