// Commands that are run to their end, and programs that are left running and marked as belonging to one cluster.
import { spawn } from 'node:child_process';
import { mkdir, open, readFile, readdir, readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How much of a command's output is kept for errors: enough for any, never the whole log of a build. */
const keptOutput = 256 * 1024;

/** Where programs are looked for: also where administrators' programs are, which not every shell has in its PATH. */
const searchPath = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

interface RunOptions {
  readonly cwd?: string;
  /** Variables added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Text given on standard input. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Called with each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  /** The end of standard output and standard error as they came. */
  readonly output: string;
}

/** Runs a command (no shell) and returns its standard output; a failure names the command and shows the end of what it printed. */
export async function run(commandLine: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, output } = await runToEnd(commandLine, options);
  if (code !== 0) throw new Error(`${commandLine.join(' ')} ended with ${code}:\n${lastLines(output, 100)}`);
  return stdout;
}

/** Runs a command whose failure is for the caller to judge. Throws only when it cannot be run at all. */
export async function runToEnd(commandLine: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [command = '', ...args] = commandLine;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: searchPath, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  let stdout = '';
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-keptOutput);
    options.onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  child.stdin.on('error', () => undefined); // a command that does not read its input is no error
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) => {
      reject(new Error(`cannot run ${command}: ${error.message}`, { cause: error }));
    });
    child.on('close', (exitCode, signalName) => {
      resolve(exitCode ?? signalName ?? 'unknown');
    });
  });
  return { code, stdout, output };
}

/** The last `count` lines of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** The last lines of a log file, read from its end; empty when there is none. */
export async function tailOfFile(path: string, count = 25): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const length = Math.min(size, 64 * 1024);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return lastLines(buffer.toString('utf8'), count);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

// --- Programs that are left running ---
//
// Each gets two environment variables that name its cluster and its part, and so do its children (containerd's shims).
// They are how a program is found again, by any later process: no pid file can be stale or lost between start and write.

const clusterVariable = 'LOGGINGSTACK_CLUSTER_DIRECTORY';
const partVariable = 'LOGGINGSTACK_CLUSTER_PART';

export interface RunningProcess {
  readonly pid: number;
  /** Clock ticks from boot to its start: with the pid, this is one process for good, even when the pid is used again. */
  readonly startTime: number;
  readonly part: string;
  readonly command: string;
}

export interface Program {
  /** Its name within the cluster, such as `kube-apiserver`. */
  readonly part: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a program in a session of its own, so that it outlives this process and no terminal signal reaches it.
 *
 * `prefix` is put before its command line and must end by becoming the program, as nsenter does.
 */
export async function startProgram(
  clusterDirectory: string,
  program: Program,
  prefix: readonly string[] = [],
): Promise<RunningProcess> {
  await mkdir(dirname(program.logFile), { recursive: true });
  await using log = await open(program.logFile, 'a');
  const [command = '', ...args] = [...prefix, program.command, ...program.args];
  const child = spawn(command, args, {
    detached: true,
    cwd: clusterDirectory,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      PATH: searchPath,
      ...program.environment,
      [clusterVariable]: clusterDirectory,
      [partVariable]: program.part,
    },
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(new Error(`cannot start ${program.part} (${program.command}): ${error.message}`, { cause: error }));
    });
  });
  child.unref();
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program.part} was started without a process id`);
  return { pid, startTime: (await readStat(pid))?.startTime ?? 0, part: program.part, command: program.command };
}

/** The running program of this part, started when there is none. */
export async function ensureRunning(
  clusterDirectory: string,
  program: Program,
  prefix: readonly string[],
): Promise<RunningProcess> {
  const running = (await processesOf(clusterDirectory)).find((entry) => entry.part === program.part);
  return running ?? startProgram(clusterDirectory, program, prefix);
}

/** State and start time from the text of /proc/<pid>/stat; the name in it may hold spaces and parentheses. */
export function parseStat(text: string): { state: string; startTime: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: Number(fields[19]) };
}

async function readStat(pid: number): Promise<{ state: string; startTime: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseStat(text);
}

/** True while this very process runs; a zombie, or another process under a reused pid, does not count. */
export async function isAlive(running: Pick<RunningProcess, 'pid' | 'startTime'>): Promise<boolean> {
  const stat = await readStat(running.pid);
  return stat?.startTime === running.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** All live processes that were started for the cluster of this directory, oldest first. */
export async function processesOf(clusterDirectory: string): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => processOf(pid, clusterDirectory)));
  return found.filter((entry) => entry !== undefined).sort((a, b) => a.startTime - b.startTime || a.pid - b.pid);
}

async function processOf(pid: number, clusterDirectory: string): Promise<RunningProcess | undefined> {
  // Processes end while they are looked at, and those of other users cannot be read: neither is ours.
  const variables = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
  if (!variables.includes(`${clusterVariable}=${clusterDirectory}`)) return undefined;
  const stat = await readStat(pid);
  if (stat === undefined || stat.state === 'Z') return undefined;
  const part = variables.find((entry) => entry.startsWith(`${partVariable}=`))?.slice(partVariable.length + 1) ?? '';
  const command = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return { pid, startTime: stat.startTime, part, command };
}

/** Signals exactly this process: nothing happens when it has ended and its pid belongs to another. */
async function signalProcess(running: RunningProcess, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(running))) return;
  try {
    process.kill(running.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends processes: TERM, then KILL for those still there after `graceMilliseconds` (0: KILL at once). */
export async function stopProcesses(processes: readonly RunningProcess[], graceMilliseconds: number): Promise<void> {
  if (graceMilliseconds > 0) {
    await Promise.all(processes.map((entry) => signalProcess(entry, 'SIGTERM')));
    if (await allEnded(processes, graceMilliseconds)) return;
  }
  await Promise.all(processes.map((entry) => signalProcess(entry, 'SIGKILL')));
  if (await allEnded(processes, 60_000)) return;
  const left = processes.map((entry) => `${entry.part} (pid ${entry.pid})`).join(', ');
  throw new Error(`processes did not end within 60 s of SIGKILL; among them: ${left}`);
}

async function allEnded(processes: readonly RunningProcess[], milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const alive = await Promise.all(processes.map((entry) => isAlive(entry)));
    if (!alive.includes(true)) return true;
    if (performance.now() > deadline) return false;
    await delay(25);
  }
}

interface ReadinessOptions {
  readonly what: string;
  /** Default: three minutes, as a busy machine is no failure and the end of the program is seen at once. */
  readonly timeoutMilliseconds?: number;
  /** The program whose end makes further waiting pointless. */
  readonly program?: RunningProcess;
  readonly signal?: AbortSignal | undefined;
}

/** Asks until `check` holds; fails at once when the program ends, and in time with the last reason when it never holds. */
export async function untilReady(options: ReadinessOptions, check: () => Promise<boolean>): Promise<void> {
  const { timeoutMilliseconds = 180_000 } = options;
  const deadline = performance.now() + timeoutMilliseconds;
  let lastError: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      if (await check()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (options.program && !(await isAlive(options.program))) {
      throw new Error(`${options.program.part} ended before ${options.what}`, { cause: lastError });
    }
    if (performance.now() > deadline) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new Error(`${options.what} did not happen within ${timeoutMilliseconds / 1000} s${reason}`, {
        cause: lastError,
      });
    }
    await delay(100);
  }
}
