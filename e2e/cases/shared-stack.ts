// The six-line stack that several cases share: rolled out by the first that needs it.
import { ensureNamespace, getStack, waitForCondition } from '../environment/stacks.ts';
import type { Site } from '../environment/site.ts';
import type { CaseContext } from './registry.ts';

export const sharedStack = { namespace: 'logging', name: 'logs' } as const;

/** Applies the minimal sample and waits until it is ready. */
export async function ensureSharedStack(site: Site, context: CaseContext): Promise<void> {
  await ensureNamespace(site.run, sharedStack.namespace, 'privileged');
  const there = await getStack(site.run, sharedStack.namespace, sharedStack.name).then(
    () => true,
    () => false,
  );
  if (!there) await site.run(['apply', '-n', sharedStack.namespace, '-f', 'deploy/samples/minimal.yaml']);
  const started = performance.now();
  await waitForCondition(site.run, sharedStack, 'Ready', 900, context);
  if (!there) context.log(`ready ${Math.round((performance.now() - started) / 1000)} s after kubectl apply`);
}
