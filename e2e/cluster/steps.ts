// Runs the steps of `up` one after the other, telling what happens, how long it took, and why it failed.
import { Listr, PRESET_TIMER } from 'listr2';
import { tailOfFile } from './process.ts';

export interface Step {
  readonly title: string;
  /** The log whose end explains a failure of this step. */
  readonly logFile?: string;
  /** `note` reports progress within a long step. */
  run(note: (text: string) => void): Promise<void>;
}

/** Takes finished lines of progress. */
export type Log = (line: string) => void;

/** Runs the steps and writes a line at the start and at the end of each, with seconds since the first began. */
export async function runStepsWithLog(steps: readonly Step[], log: Log): Promise<void> {
  const begin = performance.now();
  for (const step of steps) {
    log(`${elapsed(begin)} ${step.title} …`);
    const stepBegin = performance.now();
    await runStep(step, (text) => {
      log(`${elapsed(begin)} ${step.title}: ${text}`);
    });
    log(`${elapsed(begin)} ${step.title}: done in ${seconds(stepBegin)}`);
  }
}

/** Runs the steps with a live list on a terminal. */
export async function runStepsOnTerminal(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map((step) => ({
    title: step.title,
    task: async (_: unknown, task: { output: string }): Promise<void> => {
      await runStep(step, (text) => {
        task.output = text;
      });
    },
  }));
  await new Listr(tasks, { rendererOptions: { timer: PRESET_TIMER, collapseErrors: false } }).run();
}

async function runStep(step: Step, note: (text: string) => void): Promise<void> {
  const begin = performance.now();
  try {
    await step.run(note);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const tail = step.logFile === undefined ? '' : await tailOfFile(step.logFile);
    const shown = tail === '' ? '' : `\n--- end of ${step.logFile ?? ''} ---\n${tail}`;
    throw new Error(`"${step.title}" failed after ${seconds(begin)}: ${reason}${shown}`, { cause: error });
  }
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(1)} s`;
}

function elapsed(begin: number): string {
  return `[${seconds(begin).padStart(7)}]`;
}
