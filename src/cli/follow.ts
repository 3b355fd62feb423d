// Follows one object until it is over, is deleted, or somebody has seen enough: a picture on a terminal, one line for each change elsewhere.
import { setInterval } from 'node:timers';
import type { KubeObject, ResourceType } from '../core/kubernetes.ts';
import { secondsOf } from '../core/status/time.ts';
import { systemClock } from '../kube/clock.ts';
import { Fault, isFault } from '../kube/errors.ts';
import { Manager } from '../kube/manager.ts';
import type { Connection } from './connection.ts';
import { LivePicture } from './output.ts';

/** Where output goes; `terminal` when it can be drawn over. */
export interface Output {
  readonly print: (lines: readonly string[]) => void;
  readonly terminal: (() => { readonly columns: number; readonly rows: number; write(text: string): void }) | undefined;
  readonly warn: (line: string) => void;
}

/** How something is shown that changes. */
export interface View<Shown> {
  /** All of it. */
  readonly lines: (shown: Shown, now: Date) => readonly string[];
  /** What is new. */
  readonly changes: (before: Shown, after: Shown) => readonly string[];
}

export interface Following<Shown> {
  readonly type: ResourceType;
  /** As it was found before: what is not there, or is not ours to see, is an error and no endless wait. */
  readonly first: KubeObject;
  /** For people, as the beginning of a sentence. */
  readonly called: string;
  readonly shown: (object: KubeObject) => Shown;
  readonly view: View<Shown>;
  readonly isOver: (shown: Shown) => boolean;
  readonly start?: Start<Shown>;
}

/** Until when it must have begun, and what is wrong when it has not. */
export interface Start<Shown> {
  readonly seconds: number;
  readonly hasBegun: (shown: Shown) => boolean;
  readonly late: (shown: Shown) => Fault;
}

/** Why nobody follows any more, where nothing is wrong. */
const ended = 'ended';

/** Shows it as it is found, and again at every change. Gives what was shown last. Throws a Fault when it is deleted, or begins too late. */
export async function follow<Shown>(
  { transport, namespace }: Connection,
  { type, first, called, shown, view, isOver, start }: Following<Shown>,
  output: Output,
  signal: AbortSignal,
): Promise<Shown> {
  let last = shown(first);
  const { name } = first.metadata;
  const show = shower(output, view, last);
  const manager = new Manager({ transport, clock: systemClock, random: Math.random, log: quietLog(show.warn) });
  const over = new AbortController();
  manager.watch(type, { namespace }).store.onChange(({ previous, current }) => {
    if ((current ?? previous)?.metadata.name !== name || over.signal.aborted) return;
    if (current === undefined) {
      over.abort(new Fault('NotFound', `${called} in namespace ${namespace} was deleted.`));
      return;
    }
    last = shown(current);
    show.update(last);
    if (isOver(last)) over.abort(ended);
  });
  const cancel = afterStart(start, () => {
    if (start?.hasBegun(last) === false) over.abort(start.late(last));
  });
  try {
    if (!isOver(last)) await manager.run(AbortSignal.any([signal, over.signal]));
  } finally {
    cancel();
    show.end();
  }
  if (isFault(over.signal.reason)) throw over.signal.reason;
  return last;
}

/** Calls `run` when something must have begun; the returned function cancels it. */
function afterStart(start: { readonly seconds: number } | undefined, run: () => void): () => void {
  return start === undefined ? () => undefined : systemClock.after(start.seconds * 1000, run);
}

export interface Shower<Shown> {
  readonly update: (shown: Shown) => void;
  /** Says what went wrong in passing. On a terminal it is part of the picture, until something changes. */
  readonly warn: (line: string) => void;
  readonly end: () => void;
}

/** On a terminal a picture that is drawn anew each second, because ages grow; elsewhere one line for each change. */
export function shower<Shown>(output: Output, { lines, changes }: View<Shown>, first: Shown): Shower<Shown> {
  let last = first;
  if (output.terminal === undefined) {
    output.print(lines(first, new Date()));
    const update = (shown: Shown): void => {
      const at = secondsOf(new Date());
      output.print(changes(last, shown).map((line) => `${at} ${line}`));
      last = shown;
    };
    return { update, warn: output.warn, end: () => undefined };
  }
  const picture = new LivePicture(output.terminal);
  let warnings: readonly string[] = [];
  const draw = (): void => {
    picture.draw([...lines(last, new Date()), ...warnings]);
  };
  draw();
  const timer = setInterval(draw, 1000);
  const update = (shown: Shown): void => {
    last = shown;
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

/** What the runtime has to say in passing is of no interest here, but for what goes wrong. */
function quietLog(warn: (line: string) => void) {
  const ignored = (): void => undefined;
  const told = (fields: object, message: string): void => {
    const { error } = fields as { error?: unknown };
    warn(typeof error === 'string' ? `${message}: ${error}` : message);
  };
  return { debug: ignored, info: ignored, warn: told, error: told };
}
