// Filebeat: a DaemonSet, and the binding that lets it read Pods: in its own namespace, or in all where the operator's configuration allows it.
import { forgetClusterBinding, planClusterBinding, planFilebeat } from '../core/filebeat/plan.ts';
import { workloadOf } from '../core/followers.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { workloadFinding, workloadProgress } from '../core/status/workload.ts';
import type { Component } from './framework.ts';

export function filebeatComponent(templates: ConfigTemplates): Component {
  return {
    name: 'filebeat',
    conditions: ['FilebeatReady'],
    sections: ['filebeat'],
    reconcile: async ({ stack, live, act, turn }, signal) => {
      const binding = planClusterBinding(stack, live);
      const plan = planFilebeat(stack, templates, live);
      const refusals = [...binding.refusals, ...plan.refusals];
      await act([...binding.actions, ...plan.actions], signal);
      const daemonSet = live(workloadOf('filebeat', stack.identity));
      const { ready, desired, complete } = workloadProgress(daemonSet, 0);
      return {
        findings: [workloadFinding('FilebeatReady', { ready, desired, complete }, { ...plan, refusals }, turn)],
        refusals,
        section: { filebeat: { ready, desired } },
      };
    },
    forget: async (gone, { live, act }, signal) => {
      await act(forgetClusterBinding(gone, live), signal);
    },
  };
}
