// kubectl loggingstack status: what LoggingStack.status says of a stack, once or for as long as one watches.
import { setInterval } from 'node:timers';
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { secondsOf } from '../core/status/time.ts';
import { KubeClient } from '../kube/client.ts';
import { systemClock } from '../kube/clock.ts';
import { Fault } from '../kube/errors.ts';
import { listAll, listWatch } from '../kube/list-watch.ts';
import { Manager } from '../kube/manager.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Connection } from './connection.ts';
import { LivePicture } from './output.ts';
import { changeLines, type ShownStack, statusLines } from './rendering/status.ts';

/** Where output goes; `terminal` when it can be drawn over. */
export interface Output {
  readonly print: (lines: readonly string[]) => void;
  readonly terminal: (() => { readonly columns: number; readonly rows: number; write(text: string): void }) | undefined;
  readonly warn: (line: string) => void;
}

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
  // Asked once in the plain way first: a stack that is not there, or is not ours to see, is an error and no endless wait.
  let last = shown(await theStack(connection, name, signal));
  const show = shower(output, last);
  const { transport, namespace } = connection;
  const manager = new Manager({ transport, clock: systemClock, random: Math.random, log: quietLog(show.warn) });
  const deleted = new AbortController();
  manager.watch(RESOURCES.LoggingStack, { namespace }).store.onChange(({ previous, current }) => {
    if ((current ?? previous)?.metadata.name !== last.name) return;
    if (current === undefined) deleted.abort();
    else show.update((last = shown(current)));
  });
  try {
    await manager.run(AbortSignal.any([signal, deleted.signal]));
  } finally {
    show.end();
  }
  if (deleted.signal.aborted) throw new Fault('NotFound', `Stack ${last.name} in namespace ${namespace} was deleted.`);
}

interface Shower {
  readonly update: (stack: ShownStack) => void;
  /** Says what went wrong in passing. On a terminal it is part of the picture, until the stack changes. */
  readonly warn: (line: string) => void;
  readonly end: () => void;
}

/** On a terminal a picture that is drawn anew each second, because ages grow; elsewhere one line for each change. */
export function shower(output: Output, first: ShownStack): Shower {
  let last = first;
  if (output.terminal === undefined) {
    output.print(statusLines(first, new Date()));
    const update = (stack: ShownStack): void => {
      const at = secondsOf(new Date());
      output.print(changeLines(last, stack).map((line) => `${at} ${line}`));
      last = stack;
    };
    return { update, warn: output.warn, end: () => undefined };
  }
  const picture = new LivePicture(output.terminal);
  let warnings: readonly string[] = [];
  const draw = (): void => {
    picture.draw([...statusLines(last, new Date()), ...warnings]);
  };
  draw();
  const timer = setInterval(draw, 1000);
  const update = (stack: ShownStack): void => {
    last = stack;
    warnings = [];
    draw();
  };
  return {
    update,
    warn: (line) => {
      warnings = ['', `warning: ${line}`];
      draw();
    },
    end: () => {
      clearInterval(timer);
    },
  };
}

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

/** What the runtime has to say in passing is of no interest here, but for what goes wrong. */
function quietLog(warn: (line: string) => void) {
  const ignored = (): void => undefined;
  const told = (fields: object, message: string): void => {
    const { error } = fields as { error?: unknown };
    warn(typeof error === 'string' ? `${message}: ${error}` : message);
  };
  return { debug: ignored, info: ignored, warn: told, error: told };
}
