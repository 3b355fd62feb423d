// Writes documents without a pause, through the Service, as a shipper of logs does: what is not acknowledged is sent again under its id.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ElasticsearchAccess } from '../environment/elasticsearch.ts';
import { documentOf, type JourneyDocument, printOf } from './documents.ts';
import type { Acknowledgement } from './figures.ts';

/** Offered each second: above the 200 that are asked for, so that what a pause delayed is caught up with. */
const perSecond = 260;
const largestBulk = 400;
/** Bulks under way at a time: one that hangs on a node that dies holds up no other. */
const lanes = 3;
const millisecondsBetweenBulks = 150;
const timeoutMilliseconds = 12_000;

interface Item {
  readonly status: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
}

/** Answers that more patience does not mend: the document itself, or the right to write it, is at fault. */
const isHopeless = ({ status }: Item): boolean => [400, 401, 403, 404].includes(status);

export class Writer implements AsyncDisposable {
  /** By id, the print of the content of every acknowledged document. */
  readonly acknowledged = new Map<string, string>();
  readonly acknowledgements: Acknowledgement[] = [];
  /** Bulks that failed, or of which a part did. */
  failures = 0;
  /** Why the last of them did. */
  lastFailure = '';
  readonly #access: ElasticsearchAccess;
  readonly #seed: number;
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #began = performance.now();
  readonly #working: Promise<void>;
  #next = 0;

  constructor(access: ElasticsearchAccess, seed: number) {
    this.#access = access;
    this.#seed = seed;
    this.#agent = new Agent({
      connect: { ca: access.authority, servername: access.serverName, timeout: 3000 },
      headersTimeout: timeoutMilliseconds,
      bodyTimeout: timeoutMilliseconds,
    });
    this.#working = Promise.all(Array.from({ length: lanes }, () => this.#lane())).then(() => undefined);
    this.#working.catch(() => undefined); // told of by stop()
  }

  /** Stops; every document that was begun is acknowledged then. Throws what made it impossible to write. */
  async stop(): Promise<void> {
    this.#stop.abort();
    try {
      await this.#working;
    } finally {
      await this.#agent.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#agent.destroy();
    await this.#working.catch(() => undefined);
  }

  async #lane(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const batch = this.#take();
      if (batch.length > 0) await this.#untilAcknowledged(batch);
      await pause(millisecondsBetweenBulks);
    }
  }

  /** Documents that are due by now. */
  #take(): readonly JourneyDocument[] {
    const due = Math.floor(((performance.now() - this.#began) / 1000) * perSecond);
    const count = Math.min(largestBulk, due - this.#next);
    const first = this.#next;
    this.#next += Math.max(0, count);
    const now = new Date();
    return Array.from({ length: Math.max(0, count) }, (_, index) => documentOf(this.#seed, first + index, now));
  }

  async #untilAcknowledged(batch: readonly JourneyDocument[]): Promise<void> {
    let left = batch;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      // Long after the end: nobody will acknowledge these, and readback must not expect them.
      if (this.#stop.signal.aborted && attempt > 20) throw new Error(`not acknowledged: ${this.lastFailure}`);
      const items = await this.#send(left);
      const missing: JourneyDocument[] = [];
      for (const [index, document] of left.entries()) {
        const item = items?.[index];
        if (item !== undefined && this.#isTaken(item, attempt))
          this.acknowledged.set(document.id, printOf(document.text));
        else missing.push(document);
      }
      if (missing.length < left.length)
        this.acknowledgements.push({ at: performance.now(), documents: left.length - missing.length });
      left = missing;
      if (left.length > 0) {
        this.failures += 1;
        await pause(200);
      }
    }
  }

  /** A conflict says that the document is there: only an earlier attempt of ours can have written it. */
  #isTaken(item: Item, attempt: number): boolean {
    if (item.status < 300 || (item.status === 409 && attempt > 0)) return true;
    this.lastFailure = `${item.status} ${item.error?.type ?? ''}: ${item.error?.reason ?? ''}`;
    if (isHopeless(item)) throw new Error(`a document was refused: ${this.lastFailure}`);
    return false;
  }

  /** What became of each document; undefined when there was no answer. */
  async #send(documents: readonly JourneyDocument[]): Promise<readonly Item[] | undefined> {
    const { host, port, username, password } = this.#access;
    const lines = documents.flatMap(({ id, stream, text }) => [
      JSON.stringify({ create: { _index: stream, _id: id } }),
      text,
    ]);
    try {
      const { statusCode, body } = await request(
        `https://${host}:${port}/_bulk?timeout=8s&filter_path=items.*.status,items.*.error`,
        {
          method: 'POST',
          dispatcher: this.#agent,
          headers: {
            authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
            'content-type': 'application/x-ndjson',
          },
          body: `${lines.join('\n')}\n`,
          signal: AbortSignal.timeout(timeoutMilliseconds),
        },
      );
      const text = await body.text();
      if (statusCode !== 200) {
        this.lastFailure = `${statusCode}: ${text.slice(0, 300)}`;
        return undefined;
      }
      const { items } = JSON.parse(text) as { items: readonly { readonly create: Item }[] };
      return items.map(({ create }) => create);
    } catch (error) {
      this.lastFailure = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }
}
