// The operator dies at every point of a scale-down and of an upgrade, on a control plane of its own beside simulated pods.
import { operatorDiesInChanges } from '../operator-dies/changes.ts';
import type { TestCase } from './registry.ts';

export const operatorDiesDeepCases: readonly TestCase[] = [
  {
    name: 'operator-dies-in-changes',
    tier: 'deep',
    localOnly: 'it brings up a control plane of its own',
    title:
      '[killed-mid-restart] [drain-stale] killed after every single write of a scale-down and of an upgrade, the next operator reaches the same end, and nothing is lost on the way',
    minutes: 60,
    run: operatorDiesInChanges,
  },
];
