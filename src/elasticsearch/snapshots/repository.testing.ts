// For tests: a repository with snapshots in it, as the stand-in for Elasticsearch tells of it, which keeps count of what it is asked.
import type { Answer, Received } from '../stand-in.testing.ts';

interface Stored {
  readonly state: 'IN_PROGRESS' | 'SUCCESS' | 'PARTIAL' | 'FAILED';
  readonly started: number;
  readonly ended: number;
  readonly metadata: unknown;
}

const refusal = (status: number, type: string, reason: string): Answer => ({
  status,
  body: { error: { type, reason }, status },
});

export class RepositoryStandIn {
  readonly name = 'backups';
  readonly snapshots = new Map<string, Stored>();
  /** Method and snapshots of each request, such as `PUT one-12345678`. */
  readonly asked: string[] = [];
  /** Whether it takes writes; `begins`: what is begun is lost. */
  writes: 'all' | 'none' | 'begins' = 'all';
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The answer to a request that is about this repository; undefined for any other. */
  answer({ method, path, body }: Received): Answer | undefined {
    const [place = '', query = ''] = path.split('?');
    const [, api, repository, names = '', status] = place.split('/');
    if (api !== '_snapshot' || repository !== this.name) return undefined;
    this.asked.push(`${method} ${names}${status === undefined ? '' : `/${status}`}`);
    if (method === 'PUT') return this.#begin(names, body);
    if (method === 'DELETE') return this.#delete(names.split(','));
    if (status === '_status') return this.#progress();
    return names.includes('*') ? this.#list(names) : this.#one(names, query);
  }

  end(state: Stored['state'] = 'SUCCESS'): void {
    for (const [name, one] of this.snapshots)
      if (one.state === 'IN_PROGRESS') this.snapshots.set(name, { ...one, state, ended: this.#now().getTime() });
  }

  #begin(name: string, body: string): Answer {
    if (this.writes === 'none') return refusal(500, 'repository_exception', '[backups] Read-only file system');
    if (this.snapshots.has(name))
      return refusal(400, 'invalid_snapshot_name_exception', `[${name}], snapshot with the same name already exists`);
    const { metadata } = JSON.parse(body) as { readonly metadata?: unknown };
    if (this.writes === 'all')
      this.snapshots.set(name, { state: 'IN_PROGRESS', started: this.#now().getTime(), ended: 0, metadata });
    return { body: { accepted: true } };
  }

  #delete(names: readonly string[]): Answer {
    if (this.writes === 'none') return refusal(500, 'repository_exception', '[backups] Read-only file system');
    if (names.some((name) => !this.snapshots.has(name)))
      return refusal(404, 'snapshot_missing_exception', '[backups] one is missing');
    for (const name of names) this.snapshots.delete(name);
    return { body: { acknowledged: true } };
  }

  #one(name: string, query: string): Answer {
    const found = this.snapshots.get(name);
    if (found === undefined) return refusal(404, 'snapshot_missing_exception', `[backups:${name}] is missing`);
    const details = query.includes('index_details=true') ? { index_details: { a: { size_in_bytes: 2048 } } } : {};
    return { body: { snapshots: [{ ...shown(name, found), ...details }], total: 1, remaining: 0 } };
  }

  #list(pattern: string): Answer {
    const found = [...this.snapshots]
      .filter(([name]) => name.startsWith(pattern.replace('*', '')))
      .toSorted(([, one], [, other]) => other.started - one.started);
    const snapshots = found.map(([name, one]) => shown(name, one));
    return { body: { ...(snapshots.length === 0 ? {} : { snapshots }), total: snapshots.length, remaining: 0 } };
  }

  #progress(): Answer {
    const shards_stats = { initializing: 0, started: 2, finalizing: 0, done: 2, failed: 0, total: 4 };
    const size = (size_in_bytes: number) => ({ size_in_bytes });
    const stats = { incremental: size(1000), processed: size(400), total: size(3000) };
    return { body: { snapshots: [{ shards_stats, stats }] } };
  }
}

const shown = (name: string, { state, started, ended, metadata }: Stored) => ({
  snapshot: name,
  uuid: `uuid-${name}`,
  version: '9.4.3',
  state,
  start_time_in_millis: started,
  end_time_in_millis: ended,
  shards: { total: 4, failed: state === 'PARTIAL' ? 1 : 0, successful: state === 'SUCCESS' ? 4 : 3 },
  metadata,
});
