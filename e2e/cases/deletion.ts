// A namespace that is deleted while the Elasticsearch in it gives no answer: the deletion comes to its end, and nothing of the stack is left outside.
import assert from 'node:assert/strict';
import { names } from '../../src/core/names.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { applyStack, deleteNamespace, ensureNamespace, type Place } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { CaseContext, TestCase } from './registry.ts';

const place: Place = { namespace: 'unreachable', name: 'unreachable' };

/** Its nodes wait for a storage class that nobody has: no Elasticsearch ever answers. */
const spec = {
  version: '9.4.3',
  elasticsearch: {
    topology: 'Combined',
    data: { replicas: 1, storage: { size: '1Gi', className: 'of-nobody' } },
  },
  kibana: { replicas: 0 },
};

async function untilPodsWait({ run }: Site, signal: AbortSignal): Promise<void> {
  const { namespace, name } = place;
  const selector = `loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`;
  const phases = ['get', 'pods', '-n', namespace, '-l', selector, '-o', 'jsonpath={.items[*].status.phase}'];
  await waitFor(
    'a pod of Elasticsearch that waits for its volume',
    async () => {
      const phase = await run(phases);
      return phase === 'Pending' ? found(undefined) : seen(phase || 'no pod');
    },
    { signal, seconds: 120 },
  );
}

async function namespaceDeleted({ log, signal }: CaseContext, site: Site): Promise<void> {
  const { namespace, name } = place;
  await ensureNamespace(site.run, namespace, 'privileged');
  await applyStack(site.run, namespace, name, spec);
  await untilPodsWait(site, signal);
  const began = performance.now();
  // Fails when the namespace is still there after that time, and says what holds it up.
  await deleteNamespace(site.run, namespace, 120);
  log(`the namespace was gone after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const binding = names.filebeatClusterRoleBinding(namespace, name);
  const left = await site.run(['get', 'clusterrolebinding', binding, '--ignore-not-found', '-o', 'name']);
  assert.equal(left.trim(), '', 'nothing is left outside of the namespace');
}

export const deletionCases: readonly TestCase[] = [
  {
    name: 'namespace-deleted',
    tier: 'e2e',
    namespaces: [place.namespace],
    title: '[finalizer-wedge] a namespace is deleted with a stack whose Elasticsearch never answers',
    minutes: 6,
    run: async (context) => {
      await namespaceDeleted(context, currentSite(context));
      return undefined;
    },
  },
];
