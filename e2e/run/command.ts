// Runs a command to its end, with its output kept in bounds, and stops it with the run.
import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number;
  /** Standard output alone. */
  readonly stdout: string;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Return the exit code instead of throwing when it is not 0. */
  readonly mayFail?: boolean;
}

/** The most that is kept of a command's output; the end of it is what explains a failure. */
const keptBytes = 64 * 1024 * 1024;
const shownBytes = 16 * 1024;

/** Runs `line` (no shell). Throws with the end of its output when it fails. */
export async function run(line: readonly [string, ...string[]], options: RunOptions): Promise<Ended> {
  const [program, ...parameters] = line;
  const child = spawn(program, parameters, {
    signal: options.signal,
    killSignal: 'SIGTERM',
    cwd: options.directory ?? process.cwd(),
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  const take = (chunk: string): void => {
    if (output.length < keptBytes) output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (stdout.length < keptBytes) stdout += chunk;
    take(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', take);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve(status ?? (signal === null ? 1 : 128));
    });
  });
  if (code !== 0 && options.mayFail !== true) {
    throw new Error(`${line.join(' ')} ended with exit code ${code}:\n${output.slice(-shownBytes)}`);
  }
  return { code, stdout, output };
}
