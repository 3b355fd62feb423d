// The stack's own conditions: Ready, Reconciling, Stalled, Blocked and Paused, summed up whenever a component has reported; and the StackRestore that a new stack begins with.
import { planFirstRestore } from '../core/snapshots/first-restore.ts';
import type { SharedStatus } from '../core/status/conditions.ts';
import { summarize } from '../core/status/summary.ts';
import type { Component } from './framework.ts';

export const stackComponent: Component = {
  name: 'stack',
  conditions: ['Ready', 'Reconciling', 'Stalled', 'Blocked', 'Paused'],
  sections: ['observedGeneration'],
  reconcile: async ({ object, stack, live, act }, signal) => {
    const { actions, refusals } = planFirstRestore(stack, live);
    await act(actions, signal);
    const generation = object.metadata.generation ?? 0;
    const status = (object['status'] ?? {}) as SharedStatus;
    return {
      findings: summarize(generation, status, stack.paused),
      refusals,
      section: { observedGeneration: generation },
    };
  },
};
