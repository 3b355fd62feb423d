// The operator dies at every point of a roll-out beside simulated pods, and three times on the real node.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { auditEvents, auditPosition, secretHistory } from '../environment/audit.ts';
import { operatorPods } from '../environment/pods.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { applyStack, deleteStack, ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { operatorDies } from '../operator-dies/roll-outs.ts';
import { changedSecrets, notMadeOnce, printsOf, type SecretPrints } from '../operator-dies/secrets.ts';
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

async function secretsNow(site: Site): Promise<SecretPrints> {
  const generated = ['secrets', '-n', place.namespace, '-l', 'app.kubernetes.io/managed-by=loggingstack-operator'];
  const list = await site.run.json<{ readonly items: Parameters<typeof printsOf>[0] }>(['get', ...generated]);
  return printsOf(list.items);
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
  let secrets: SecretPrints = new Map();
  const lookAtSecrets = async (): Promise<void> => {
    const now = await secretsNow(site);
    assert.deepEqual(changedSecrets(secrets, now), [], 'a Secret once made stays as it is');
    secrets = now;
  };
  for (const seconds of pauses(seed)) {
    await pause(seconds * 1000, undefined, { signal });
    await lookAtSecrets();
    await site.run(['delete', 'pods', ...operatorPods, '--grace-period=0', '--force']);
    await lookAtSecrets();
    log(`killed the operator after ${seconds.toFixed(1)} s; ${secrets.size} Secrets stand`);
  }
  await waitForCondition(site.run, place, 'Ready', 420, context);
  await lookAtSecrets();
  const events = await auditEvents(auditLog, from, await auditPosition(auditLog));
  const history = secretHistory(events, place.namespace);
  assert.ok(secrets.size > 0, 'Secrets were made');
  assert.deepEqual(notMadeOnce(secrets.keys(), history), [], 'each Secret was made once');
  log(`${secrets.size} Secrets, each made once, with the same values and uid in every look`);
  await deleteStack(site.run, place.namespace, place.name, signal);
  await site.run(['delete', 'namespace', place.namespace, '--wait=true', '--timeout=180s']);
  return undefined;
}

/** On the node. */
export const operatorDiesOnNodeCases: readonly TestCase[] = [
  {
    name: 'operator-dies-on-node',
    tier: 'e2e',
    localOnly: 'it reads the audit log of the API server',
    title:
      'killed three times in a roll-out on the real node, the stack becomes ready and no Secret is made twice or changes',
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
    minutes: 45,
    run: operatorDies,
  },
];
