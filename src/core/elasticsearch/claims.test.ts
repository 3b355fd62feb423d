// Tests of claims of nodes that left, on the simulator.
import { expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle } from '../../simulator/simulator.testing.ts';
import { dataNodes } from './sequences.testing.ts';

const claims = (simulator: Simulator): readonly string[] =>
  [...simulator.kubernetes.objects.keys()].filter((key) => key.startsWith('PersistentVolumeClaim/data-logs-es-data-'));

/** What Kubernetes writes into claims of a StatefulSet whose claims are to be deleted with it. */
function controlled(simulator: Simulator): void {
  const uid = simulator.kubernetes.sets.get('logs-es-data')?.object.metadata.uid ?? '';
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data', uid, controller: true };
  for (const key of claims(simulator)) {
    const claim = simulator.kubernetes.objects.get(key);
    if (claim === undefined) continue;
    const metadata = { ...claim.metadata, ownerReferences: [owner] };
    simulator.kubernetes.objects.set(key, { ...claim, metadata });
  }
}

it.each([
  ['that nobody controls', () => undefined],
  ['that their StatefulSet controls, as with whenDeleted: Delete', controlled],
])('claims %s go after their nodes', (_title, prepare) => {
  const simulator = runningStack(dataNodes(3));
  prepare(simulator);
  settle(simulator, dataNodes(2));
  expect(claims(simulator)).toEqual([
    'PersistentVolumeClaim/data-logs-es-data-0',
    'PersistentVolumeClaim/data-logs-es-data-1',
  ]);
});
