// Processes that judge mutants: each does one after the other, and one that takes too long is replaced.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Baseline, Order, Trial } from './worker.ts';

/** Random tests do the same in every run: a mutant must not survive by luck, nor be caught by it. */
const environment = { PROPERTY_RUNS: '40', PROPERTY_SEED: '4242' } as const;

/** For what neither ends nor passes a switch: so long that a busy machine never comes near. */
const patience = 30 * 60_000;

export class Worker {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** With a mutant, that one is on already while files are loaded. Undefined when they do not load then. */
  static async start(
    mutant?: number,
  ): Promise<{ readonly worker: Worker; readonly atLoad: readonly number[] } | undefined> {
    const child = fork(join(import.meta.dirname, 'worker.ts'), {
      env: { ...process.env, ...environment, ...(mutant === undefined ? {} : { MUTANT: String(mutant) }) },
      // A mutant may make the planner talk: what it says is nobody's business.
      stdio: ['ignore', 'ignore', mutant === undefined ? 'inherit' : 'ignore', 'ipc'],
    });
    const worker = new Worker(child);
    const answer = await worker.#answer();
    return answer?.kind === 'loaded' ? { worker, atLoad: answer.felt } : undefined;
  }

  /** The next message; undefined when the process ended, or took too long and was ended. */
  #answer(): Promise<Answer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const said = (answer: unknown): void => {
      resolve(answer as Answer);
    };
    const ended = (): void => {
      resolve(undefined);
    };
    const late = setTimeout(() => {
      this.stop();
    }, patience);
    this.#child.once('message', said).once('exit', ended);
    return promise.finally(() => {
      clearTimeout(late);
      this.#child.off('message', said).off('exit', ended);
    });
  }

  #send(order: Order): void {
    this.#child.send(order);
  }

  /** What the tests in these files do without any mutant. */
  async baseline(files: readonly string[]): Promise<readonly Baseline[]> {
    if (files.length === 0) return [];
    this.#send({ kind: 'baseline', files });
    const answer = await this.#answer();
    if (answer?.kind !== 'baseline') throw new Error('The tests did not come to an end without any mutant.');
    return answer.tests;
  }

  /** The test that caught the mutant; `time` when the tests did not come to an end; undefined when nothing did. */
  async judge(number: number, trials: readonly Trial[]): Promise<string | undefined> {
    this.#send({ kind: 'judge', number, trials });
    const answer = await this.#answer();
    return answer?.kind === 'judged' ? answer.by : 'time';
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#child.killed;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
