// The stack's own conditions: Ready, Reconciling, Stalled, Blocked and Paused, summed up whenever a component has reported.
import type { SharedStatus } from '../core/status/conditions.ts';
import { summarize } from '../core/status/summary.ts';
import type { Component } from './framework.ts';

export const stackComponent: Component = {
  name: 'stack',
  conditions: ['Ready', 'Reconciling', 'Stalled', 'Blocked', 'Paused'],
  sections: ['observedGeneration'],
  reconcile: ({ object, stack }) => {
    const generation = object.metadata.generation ?? 0;
    const status = (object['status'] ?? {}) as SharedStatus;
    return Promise.resolve({
      findings: summarize(generation, status, stack.paused),
      refusals: [],
      section: { observedGeneration: generation },
    });
  },
};
