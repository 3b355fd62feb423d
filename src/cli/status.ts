// kubectl loggingstack status: what LoggingStack.status says of a stack, once or for as long as one watches.
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { KubeClient } from '../kube/client.ts';
import { Fault } from '../kube/errors.ts';
import { listAll, listWatch } from '../kube/list-watch.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Connection } from './connection.ts';
import { follow, type Output, type View } from './follow.ts';
import { changeLines, type ShownStack, statusLines } from './rendering/status.ts';

/** Prints the status of the stack of this name, or of the only one in the namespace. Throws a Fault. */
export async function printStatus(
  connection: Connection,
  name: string | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  output.print(statusLines(shown(await theStack(connection, name, signal)), new Date()));
}

/** The same, and then again at every change until the signal is aborted. Throws a Fault when the stack is deleted. */
export async function watchStatus(
  connection: Connection,
  name: string | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const first = await theStack(connection, name, signal);
  const called = `Stack ${first.metadata.name}`;
  const following = { type: RESOURCES.LoggingStack, first, called, shown, view: statusView, isOver: () => false };
  await follow(connection, following, output, signal);
}

export const statusView: View<ShownStack> = { lines: statusLines, changes: changeLines };

async function theStack(
  { transport, namespace }: Connection,
  name: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject> {
  const client = new KubeClient(transport);
  const { apiVersion, kind } = RESOURCES.LoggingStack;
  if (name !== undefined) return client.get({ apiVersion, kind, namespace, name }, signal);
  const { items } = await listAll(listWatch(transport, RESOURCES.LoggingStack, { namespace }), signal);
  const [only, ...others] = items;
  if (only === undefined) throw new Fault('NotFound', `There is no LoggingStack in namespace ${namespace}.`);
  if (others.length === 0) return only;
  const names = [only, ...others].map(({ metadata }) => metadata.name).join(', ');
  throw new Fault('BadRequest', `Which stack? In namespace ${namespace} are ${names}.`);
}

function shown(object: KubeObject): ShownStack {
  const { name, namespace = '', generation = 0 } = object.metadata;
  const spec = (object['spec'] ?? {}) as Partial<LoggingStackSpec>;
  return {
    name,
    namespace,
    generation,
    paused: spec.paused ?? false,
    status: object['status'] ?? {},
  };
}
