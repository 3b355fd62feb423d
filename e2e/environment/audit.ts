// Reads the API server's audit log: who asked what, and how often.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly userAgent?: string;
  readonly user?: { readonly username?: string };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** Where the log ends now: events after this point are those of what comes next. */
export const auditPosition = async (path: string): Promise<number> => (await stat(path)).size;

/** The events between two positions, one per request (a watch is counted when it is answered). */
export async function auditEvents(path: string, from: number, to: number): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = [];
  if (to <= from) return events;
  const lines = createInterface({ input: createReadStream(path, { start: from, end: to - 1 }), crlfDelay: Infinity });
  for await (const line of lines) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as AuditEvent;
    const answered = event.verb === 'watch' ? event.stage === 'ResponseStarted' : event.stage === 'ResponseComplete';
    if (answered) events.push(event);
  }
  return events;
}

export const byAgent = (prefix: string) => (event: AuditEvent) => event.userAgent?.startsWith(prefix) === true;

const writing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const isWrite = (event: AuditEvent): boolean => writing.has(event.verb);

/** What happened to the Secrets of a namespace: a name for each creation, and for each deletion, that was answered as done. */
export interface SecretHistory {
  readonly created: readonly string[];
  readonly deleted: readonly string[];
}

export function secretHistory(events: readonly AuditEvent[], namespace: string): SecretHistory {
  const names = (verb: string): readonly string[] =>
    events
      .filter(
        (event) =>
          event.verb === verb &&
          event.objectRef?.resource === 'secrets' &&
          event.objectRef.namespace === namespace &&
          Math.floor((event.responseStatus?.code ?? 0) / 100) === 2,
      )
      .map(({ objectRef }) => objectRef?.name ?? '');
  return { created: names('create'), deleted: names('delete') };
}

/** A table of counts by user agent, verb and resource, most frequent first. */
export function auditTable(events: readonly AuditEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    const agent = (event.userAgent ?? 'unknown').split(' ')[0] ?? '';
    const key = [agent.padEnd(40), event.verb.padEnd(7), event.objectRef?.resource ?? event.requestURI].join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, first], [, second]) => second - first)
    .map(([key, count]) => `${String(count).padStart(6)} ${key}`)
    .join('\n');
}
