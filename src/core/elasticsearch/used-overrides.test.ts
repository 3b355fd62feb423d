// Tests of which overrides a plan relies on.
import { describe, expect, it } from 'vitest';
import { runningStack } from '../../simulator/simulator.testing.ts';
import { plan } from './plan.ts';
import { stackWith, templates } from './plan.testing.ts';
import { usedOverrides } from './used-overrides.ts';

const three = stackWith({ data: { replicas: 3 } });
const lifting = (rule: string, subject: string) => ({
  ...stackWith(),
  overrides: [{ rule, subject, until: '2027-01-01T00:00:00Z', reason: 'a test' }],
});

/** A scale-down that a pinned index stands against. */
function seen() {
  const simulator = runningStack(three);
  const filters = { 'require._name': 'logs-es-data-2' };
  simulator.elasticsearch.createIndex('pinned', { replicas: 0, filters, tierPreference: [] });
  simulator.tick();
  return simulator.observe({ detail: true });
}

describe('overrides', () => {
  it('that lift a refusal are used, others are not', () => {
    const observed = seen();
    const used = (rule: string, subject: string) =>
      usedOverrides(lifting(rule, subject), observed, templates).map((one) => one.rule);
    expect(used('PinnedIndex', 'StatefulSet/logs-es-data')).toEqual(['PinnedIndex']);
    expect(used('PinnedIndex', 'StatefulSet/logs-es-warm')).toEqual([]);
    expect(used('DiskTooSmall', 'StatefulSet/logs-es-data')).toEqual([]);
    expect(usedOverrides(stackWith(), observed, templates)).toEqual([]);
    const smaller = stackWith({ data: { replicas: 2, storage: { size: '40Gi' } } });
    const { overrides } = lifting('PinnedIndex', 'StatefulSet/logs-es-data');
    const beside = plan({ ...smaller, overrides }, observed, templates).refusals.map(({ rule }) => rule);
    expect(beside).toEqual(['StorageChangeRefused']);
    expect(usedOverrides({ ...smaller, overrides }, observed, templates)).toEqual(overrides);
  });
});
