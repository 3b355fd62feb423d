// The six-line stack that several cases share: rolled out by the first that needs it.
import type { Site } from '../environment/site.ts';
import { applyStack, ensureNamespace, getStack, type Place, waitForCondition } from '../environment/stacks.ts';
import type { CaseContext } from './registry.ts';

/** In the namespace that may collect the logs of all others. */
export const sharedStack = { namespace: 'logging', name: 'logs' } as const;

/** Applies a stack, unless it is there, and waits until it is ready. */
export async function ensureStack(site: Site, context: CaseContext, place: Place, spec: object): Promise<void> {
  await ensureNamespace(site.run, place.namespace, 'privileged');
  const there = await getStack(site.run, place.namespace, place.name).then(
    () => true,
    () => false,
  );
  const started = performance.now();
  if (!there) await applyStack(site.run, place.namespace, place.name, spec);
  await waitForCondition(site.run, place, 'Ready', 900, context);
  if (!there) context.log(`ready ${Math.round((performance.now() - started) / 1000)} s after kubectl apply`);
}

/** What deploy/samples/minimal.yaml asks for. */
export const ensureSharedStack = (site: Site, context: CaseContext): Promise<void> =>
  ensureStack(site, context, sharedStack, { version: '9.4.3' });
