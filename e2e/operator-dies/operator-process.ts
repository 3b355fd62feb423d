// The operator as a process of its own, so that it can be killed as a machine kills it: without a word.
import { type ChildProcess, spawn } from 'node:child_process';

export interface OperatorSettings {
  readonly kubeconfig: string;
  readonly config: string;
  readonly namespace: string;
  readonly standInAddress: string;
}

const keptOutput = 32 * 1024;

export class OperatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals>;
  #output = '';

  constructor(settings: OperatorSettings) {
    const words = [
      '--import',
      './e2e/operator-dies/resolve.ts',
      'dist/main.js',
      '--config',
      settings.config,
      '--probe-port',
      '0',
    ];
    this.#child = spawn(process.execPath, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        KUBECONFIG: settings.kubeconfig,
        // The same name after a restart, as a container that is restarted in its pod has.
        POD_NAME: 'operator-0',
        POD_NAMESPACE: settings.namespace,
        STAND_IN_ADDRESS: settings.standInAddress,
      },
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-keptOutput);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#exited = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        resolve(code ?? signal ?? 'SIGKILL');
      });
    });
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output;
  }

  get exited(): Promise<number | NodeJS.Signals> {
    return this.#exited;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#exited;
  }
}
