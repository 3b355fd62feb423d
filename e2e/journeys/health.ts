// Asks for the cluster's health four times a second; what is not answered in time is unknown.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ElasticsearchAccess } from '../environment/elasticsearch.ts';
import type { HealthSample } from './figures.ts';

const millisecondsBetweenLooks = 250;
const timeoutMilliseconds = 2000;

export class HealthWatcher implements AsyncDisposable {
  readonly #samples: HealthSample[] = [];
  readonly #access: ElasticsearchAccess;
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #looks = new Set<Promise<void>>();
  readonly #watching: Promise<void>;

  constructor(access: ElasticsearchAccess) {
    this.#access = access;
    this.#agent = new Agent({ connect: { ca: access.authority, servername: access.serverName, timeout: 1500 } });
    this.#watching = this.#watch();
  }

  /** In the order in which they were begun. */
  get samples(): readonly HealthSample[] {
    return this.#samples.toSorted((first, second) => first.at - second.at);
  }

  /** Each look begins in time, whether the one before has ended or not. */
  async #watch(): Promise<void> {
    const began = performance.now();
    for (let number = 1; !this.#stop.signal.aborted; number += 1) {
      const looking = this.#look();
      this.#looks.add(looking);
      void looking.finally(() => this.#looks.delete(looking));
      // A machine that was too busy skips looks instead of making them all at once.
      number = Math.max(number, Math.floor((performance.now() - began) / millisecondsBetweenLooks));
      await pause(Math.max(0, began + (number + 1) * millisecondsBetweenLooks - performance.now()));
    }
  }

  async #look(): Promise<void> {
    const at = performance.now();
    const status = await this.#ask().catch(() => undefined);
    this.#samples.push({ at, status });
  }

  async #ask(): Promise<HealthSample['status']> {
    const { host, port, username, password } = this.#access;
    const { statusCode, body } = await request(
      `https://${host}:${port}/_cluster/health?timeout=0s&master_timeout=1s&filter_path=status`,
      {
        dispatcher: this.#agent,
        headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
        signal: AbortSignal.timeout(timeoutMilliseconds),
      },
    );
    const text = await body.text();
    // 408 goes with an answer: the health that was waited for did not come, which nobody asked for here.
    if (statusCode !== 200 && statusCode !== 408) return undefined;
    return (JSON.parse(text) as { status?: HealthSample['status'] }).status;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await Promise.all(this.#looks);
    await this.#agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
