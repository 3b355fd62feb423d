// For integration tests only: a transport to the real API server, through a fault proxy or straight.
import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject, ObjectReference, ResourceType } from '../core/kubernetes.ts';
import { KubeClient } from './client.ts';
import { systemClock } from './clock.ts';
import { listAll, listWatch, type Selection } from './list-watch.ts';
import { locationOf, RESOURCES } from './resources.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

export function transportFor(kubeconfig: string, options: Partial<TransportOptions> = {}): Transport {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return new Transport(config, { version: '0.0.0-test', ...options });
}

/** Waits until something holds; the limit is only there to end a test that fails. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limit = 20_000): Promise<void> {
  const end = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${limit / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A namespace of its own, so that tests do not see each other's objects. */
export async function freshNamespace(transport: Transport): Promise<string> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await transport.request({ verb: 'create', location: { type: RESOURCES.Namespace }, body }, never);
  return name;
}

/**
 * A LoggingStack called `logs` in a namespace of its own: objects that name it as their owner stay. Those of an owner that
 * does not exist are taken away by the garbage collector at some moment.
 */
export async function freshStack(transport: Transport): Promise<{ namespace: string; uid: string }> {
  const namespace = await freshNamespace(transport);
  const { apiVersion, kind } = RESOURCES.LoggingStack;
  const stack = { apiVersion, kind, metadata: { name: 'logs', namespace }, spec: { version: '9.4.3' } };
  return { namespace, uid: (await make(transport, stack)).metadata.uid ?? '' };
}

export function configMapIn(namespace: string, name: string, data: Record<string, string>, labels = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name, labels }, data };
}

const owner = { manager: 'test', owns: () => true };

/** Makes an object and returns it as the server has it. */
export async function make(transport: Transport, object: KubeObject): Promise<KubeObject> {
  return (await new KubeClient(transport).createOrRefuse(object, owner, never)).object;
}

/** Reads a selection, live and in pages. */
export async function list(
  transport: Transport,
  type: ResourceType,
  selection: Selection,
  signal = never,
): Promise<readonly KubeObject[]> {
  return (await listAll(listWatch(transport, type, selection), signal)).items;
}

/** Writes some fields of an object, as a person with `kubectl edit` does, or somebody's controller. */
export async function edit(
  transport: Transport,
  reference: ObjectReference,
  fields: Readonly<Record<string, unknown>>,
): Promise<KubeObject> {
  const request = { verb: 'merge', location: locationOf(reference), query: { fieldManager: 'somebody' } } as const;
  return (await transport.request({ ...request, body: fields }, never)) as KubeObject;
}

export const realTime = { clock: systemClock, random: Math.random };
