// Keeps one client for each stack, for as long as its address and credentials stay the same.
import { createHash } from 'node:crypto';
import type { Capabilities } from '../core/elasticsearch/observed.ts';
import { EsClient, type Endpoint, type EsOptions, type Limits, usualLimits } from './client.ts';

/** What is known about the distribution behind a client, by cluster and version: looked up once, with a count of the looks. */
export type Remembered = Map<string, { readonly looks: number; readonly capabilities: Capabilities | undefined }>;

export interface StackConnection {
  readonly client: EsClient;
  /** Facts that only change with the cluster or its version; empty for a new client. */
  readonly remembered: Remembered;
}

interface Entry extends StackConnection {
  readonly fingerprint: string;
}

export class ElasticsearchClients {
  readonly #entries = new Map<string, Entry>();
  readonly #limits: Limits;
  readonly #options: EsOptions;

  constructor(limits: Limits = usualLimits, options: EsOptions = {}) {
    this.#limits = limits;
    this.#options = options;
  }

  /** The stack's client; a new one when its address or credentials have changed. */
  of(stack: string, endpoint: Endpoint): StackConnection {
    const fingerprint = fingerprintOf(endpoint);
    const found = this.#entries.get(stack);
    if (found?.fingerprint === fingerprint) return found;
    this.close(stack);
    const entry = { client: new EsClient(endpoint, this.#limits, this.#options), remembered: new Map(), fingerprint };
    this.#entries.set(stack, entry);
    return entry;
  }

  /** Forgets a stack. */
  close(stack: string): void {
    const found = this.#entries.get(stack);
    this.#entries.delete(stack);
    // Nobody waits for it: requests under way end with EsUnreachable, and their reconcile looks again.
    void found?.client.close().catch(() => undefined);
  }

  closeAll(): void {
    for (const stack of [...this.#entries.keys()]) this.close(stack);
  }
}

const fingerprintOf = ({ url, ca, username, password }: Endpoint): string =>
  createHash('sha256')
    .update(JSON.stringify([url, ca, username, password]))
    .digest('hex');
