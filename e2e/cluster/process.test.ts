// Programs are found, watched and ended as exactly the processes that were started, never as whoever has their pid now.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  isAlive,
  lastLines,
  parseStat,
  processesOf,
  run,
  runToEnd,
  startProgram,
  stopProcesses,
  tailOfFile,
  untilReady,
} from './process.ts';
import type { Program } from './process.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'process-test-'));
});

afterEach(async () => {
  await stopProcesses(await processesOf(directory), 0);
  await rm(directory, { recursive: true });
});

const shell = (script: string): Program => ({
  part: 'shell',
  command: 'sh',
  args: ['-c', script],
  logFile: join(directory, 'shell.log'),
});

test('a stat line is read past a name with spaces and parentheses', () => {
  const after = Array.from({ length: 30 }, (_, index) => String(index + 3))
    .join(' ')
    .replace('3', 'S');
  expect(parseStat(`77 (a) b (c) ${after}`)).toEqual({ state: 'S', startTime: 22 });
});

test('a process is alive only with its own start time', async () => {
  const running = await startProgram(directory, shell('exec sleep 60'));
  expect(await isAlive(running)).toBe(true);
  expect(await isAlive({ ...running, startTime: running.startTime - 1 })).toBe(false);
});

test('a signal never reaches another process that has the pid now', async () => {
  const running = await startProgram(directory, shell('exec sleep 60'));
  await stopProcesses([{ ...running, startTime: running.startTime - 1 }], 0);
  expect(await isAlive(running)).toBe(true);
});

test('a program and its children are found by their cluster, and no others', async () => {
  await startProgram(directory, shell('sleep 60 & wait'));
  await untilReady(
    { what: 'both run', timeoutMilliseconds: 5000 },
    async () => (await processesOf(directory)).length === 2,
  );
  expect((await processesOf(directory)).map(({ part }) => part)).toEqual(['shell', 'shell']);
  expect(await processesOf(`${directory}-other`)).toEqual([]);
  expect(await processesOf(directory.slice(0, -1))).toEqual([]);
});

test('a program that ignores TERM is killed', async () => {
  const running = await startProgram(directory, shell("trap '' TERM; echo set; while :; do sleep 60; done"));
  const log = join(directory, 'shell.log');
  await untilReady(
    { what: 'the trap is set', timeoutMilliseconds: 5000 },
    async () => (await tailOfFile(log)) === 'set',
  );
  await stopProcesses([running], 100);
  expect(await isAlive(running)).toBe(false);
});

test('waiting ends at once when the program ends', async () => {
  const program = await startProgram(directory, shell('exit 3'));
  const waiting = untilReady({ what: 'it is ready', timeoutMilliseconds: 60_000, program }, () =>
    Promise.reject(new Error('no')),
  );
  await expect(waiting).rejects.toThrow('shell ended before it is ready');
});

test('waiting that takes too long tells the last reason', async () => {
  const waiting = untilReady({ what: 'it answers', timeoutMilliseconds: 10 }, () =>
    Promise.reject(new Error('refused')),
  );
  await expect(waiting).rejects.toThrow('it answers did not happen within 0.01 s: refused');
});

test('a failed command shows its name, its code and the end of its output', async () => {
  const failing = run(['sh', '-c', 'seq 100; echo wrong >&2; exit 7']);
  await expect(failing).rejects.toThrow(/^sh -c .* ended with 7:\n[^]*99\n100\nwrong$/);
  await expect(run(['no-such-program'])).rejects.toThrow('cannot run no-such-program');
});

test('a command that may fail tells its code, and its standard output apart from the rest', async () => {
  const ended = await runToEnd(['sh', '-c', 'echo result; echo wrong >&2; exit 7']);
  expect(ended).toMatchObject({ code: 7, stdout: 'result\n' });
  expect(ended.output).toContain('wrong');
});

test('a program that cannot be started is named', async () => {
  const missing = startProgram(directory, { ...shell(''), command: 'no-such-program' });
  await expect(missing).rejects.toThrow('cannot start shell (no-such-program)');
});

test('last lines', () => {
  expect(lastLines('a\nb\nc\n', 2)).toBe('b\nc');
});
