// Filebeat: a DaemonSet, and the binding that lets it read Pods: in its own namespace, or in all where the operator's configuration allows it.
import { forgetClusterBinding, planClusterBinding, planFilebeat } from '../core/filebeat/plan.ts';
import { names } from '../core/names.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { workloadFinding, workloadProgress } from '../core/status/workload.ts';
import type { Component } from './framework.ts';

export function filebeatComponent(templates: ConfigTemplates): Component {
  return {
    name: 'filebeat',
    conditions: ['FilebeatReady'],
    sections: ['filebeat'],
    followsElasticsearch: true,
    reconcile: async ({ stack, live, act }, signal) => {
      const binding = planClusterBinding(stack, live);
      const plan = planFilebeat(stack, templates, live);
      const refusals = [...binding.refusals, ...plan.refusals];
      await act([...binding.actions, ...plan.actions], signal);
      const { name, namespace } = stack.identity;
      const daemonSet = live({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name: names.filebeat(name) });
      const { ready, desired, complete } = workloadProgress(daemonSet, 0);
      return {
        findings: [workloadFinding('FilebeatReady', { ready, desired, complete }, { ...plan, refusals })],
        refusals,
        section: { filebeat: { ready, desired } },
      };
    },
    forget: async (gone, { live, act }, signal) => {
      await act(forgetClusterBinding(gone, live), signal);
    },
  };
}
