// Asks Elasticsearch one question four times a second; what is not answered in time is unknown.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ElasticsearchAccess } from '../environment/elasticsearch.ts';
import type { HealthSample } from './figures.ts';

const looksPerSecond = 4;
const millisecondsBetweenLooks = 1000 / looksPerSecond;
const timeoutMilliseconds = 2000;

/** One look: undefined when there was no answer in time. */
interface Sample<Answer> {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly answer: Answer | undefined;
}

interface Question<Answer> {
  readonly path: string;
  /** Takes what was asked for out of the body of an answer. */
  readonly read: (body: unknown) => Answer | undefined;
}

export class Watcher<Answer> implements AsyncDisposable {
  readonly #samples: Sample<Answer>[] = [];
  readonly #access: ElasticsearchAccess;
  readonly #question: Question<Answer>;
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #looks = new Set<Promise<void>>();
  readonly #watching: Promise<void>;

  constructor(access: ElasticsearchAccess, question: Question<Answer>) {
    this.#access = access;
    this.#question = question;
    this.#agent = new Agent({ connect: { ca: access.authority, servername: access.serverName, timeout: 1500 } });
    this.#watching = this.#watch();
  }

  /** In the order in which they were begun. */
  get samples(): readonly Sample<Answer>[] {
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
    const answer = await this.#ask().catch(() => undefined);
    this.#samples.push({ at, answer });
  }

  async #ask(): Promise<Answer | undefined> {
    const { host, port, username, password } = this.#access;
    const { statusCode, body } = await request(`https://${host}:${port}${this.#question.path}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const text = await body.text();
    // 408 goes with an answer: the health that was waited for did not come, which nobody asked for here.
    if (statusCode !== 200 && statusCode !== 408) return undefined;
    return this.#question.read(JSON.parse(text));
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

export const watchHealth = (access: ElasticsearchAccess): Watcher<HealthSample['status']> =>
  new Watcher(access, {
    path: '/_cluster/health?timeout=0s&master_timeout=1s&filter_path=status',
    read: (body) => (body as { status?: HealthSample['status'] }).status,
  });

const excludedNames = 'cluster.routing.allocation.exclude._name';

/** How many nodes are on the exclusion list: so many are being drained. */
export const watchDrains = (access: ElasticsearchAccess): Watcher<number> =>
  new Watcher(access, {
    path: '/_cluster/settings?flat_settings=true&master_timeout=1s&filter_path=persistent',
    read: (body) => {
      const { persistent = {} } = body as { persistent?: Readonly<Record<string, string>> };
      return (persistent[excludedNames] ?? '').split(',').filter((name) => name !== '').length;
    },
  });
