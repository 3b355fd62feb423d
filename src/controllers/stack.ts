// The stack's own conditions: Ready, Reconciling, Stalled and Blocked, summed up whenever a component has reported.
import type { SharedStatus } from '../core/status/conditions.ts';
import { summarize } from '../core/status/summary.ts';
import type { Component } from './framework.ts';

export const stackComponent: Component = {
  name: 'stack',
  conditions: ['Ready', 'Reconciling', 'Stalled', 'Blocked'],
  sections: ['observedGeneration'],
  followsElasticsearch: false,
  reconcile: ({ object }) => {
    const generation = object.metadata.generation ?? 0;
    const status = (object['status'] ?? {}) as SharedStatus;
    return Promise.resolve({
      findings: summarize(generation, status),
      refusals: [],
      section: { observedGeneration: generation },
    });
  },
};
