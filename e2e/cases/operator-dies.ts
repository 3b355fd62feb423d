// The operator dies at every point of a roll-out beside simulated pods, and three times on the real node.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { auditEvents, auditPosition } from '../environment/audit.ts';
import { currentSite } from '../environment/site.ts';
import { applyStack, deleteStack, ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { operatorDies } from '../operator-dies/roll-outs.ts';
import type { CaseContext, TestCase } from './registry.ts';

const place = { namespace: 'dies', name: 'dies' } as const;
const spec = {
  version: '9.4.3',
  elasticsearch: { topology: 'Combined', data: { replicas: 1, storage: { size: '1Gi' } }, redundancy: 'None' },
  volumes: { whenDeleted: 'Delete' },
};

/** Seconds after the apply, and after each kill, at which the operator's pod is deleted without grace. */
function pauses(seed: number): readonly number[] {
  return [1, 2, 3].map((number) => 2 + ((seed * number * 7919) % 9000) / 1000);
}

async function diesOnTheNode(context: CaseContext): Promise<undefined> {
  const { log, signal, seed } = context;
  const site = currentSite(context);
  const { auditLog } = site;
  if (auditLog === undefined)
    throw new Error('This case reads the audit log of the API server: it runs on the local node only.');
  const from = await auditPosition(auditLog);
  await ensureNamespace(site.run, place.namespace, 'privileged');
  await applyStack(site.run, place.namespace, place.name, spec);
  for (const seconds of pauses(seed)) {
    await pause(seconds * 1000, undefined, { signal });
    const pods = ['pods', '-n', 'loggingstack-system', '-l', 'app.kubernetes.io/name=loggingstack-operator'];
    await site.run(['delete', ...pods, '--grace-period=0', '--force']);
    log(`killed the operator after ${seconds.toFixed(1)} s`);
  }
  await waitForCondition(site.run, place, 'Ready', 420, context);
  const events = await auditEvents(auditLog, from, await auditPosition(auditLog));
  const made = events
    .filter(
      ({ verb, objectRef, responseStatus }) =>
        verb === 'create' &&
        objectRef?.resource === 'secrets' &&
        objectRef.namespace === place.namespace &&
        responseStatus?.code === 201,
    )
    .map(({ objectRef }) => objectRef?.name ?? '');
  assert.ok(made.length > 0, 'Secrets were made');
  assert.deepEqual(made.toSorted(), [...new Set(made)].toSorted(), 'each Secret was made exactly once');
  log(`${made.length} Secrets, each made exactly once`);
  await deleteStack(site.run, place.namespace, place.name, signal);
  await site.run(['delete', 'namespace', place.namespace, '--wait=true', '--timeout=180s']);
  return undefined;
}

/** On the node. */
export const operatorDiesOnNodeCases: readonly TestCase[] = [
  {
    name: 'operator-dies-on-node',
    tier: 'e2e',
    localOnly: true,
    title: 'killed three times in a roll-out on the real node, the stack becomes ready and no Secret is made twice',
    minutes: 12,
    run: diesOnTheNode,
  },
];

/** On a control plane of its own. */
export const operatorDiesCases: readonly TestCase[] = [
  {
    name: 'operator-dies',
    tier: 'integration',
    title: 'killed after every single write of a roll-out, the next operator reaches the same end',
    minutes: 20,
    run: operatorDies,
  },
];
