// Signals of the operating system, sent to a real process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = `
  import { processSignal } from ${JSON.stringify(fileURLToPath(new URL('./shutdown.ts', import.meta.url)))};
  const signal = processSignal();
  signal.addEventListener('abort', () => { console.log(signal.reason.message); });
  setInterval(() => undefined, 1000);
  console.log('ready');
`;

describe('processSignal', () => {
  it('is aborted by the first signal; the second ends the process', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const said = async (): Promise<string> => String((await once(child.stdout, 'data'))[0]).trim();
      expect(await said()).toBe('ready');
      child.kill('SIGTERM');
      expect(await said()).toBe('stopped by SIGTERM');
      expect(child.exitCode).toBeNull();
      child.kill('SIGINT');
      expect((await once(child, 'exit'))[0]).toBe(1);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
