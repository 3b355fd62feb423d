// What the Elasticsearch stand-in is asked and answers, whichever part of it has the answer.

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly namespace: string;
  readonly stack: string;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });

export const acknowledged = ok({ acknowledged: true });

const failed = (status: number, type: string, reason?: string): Reply => ({
  status,
  body: { error: { type, ...(reason === undefined ? {} : { reason }) }, status },
});

export const refused = (reason: string): Reply => failed(400, 'illegal_argument_exception', reason);

export const notFound = failed(404, 'resource_not_found_exception');
export const noMaster = failed(503, 'master_not_discovered_exception');
export const timedOut = failed(503, 'timeout_exception');
export const unauthorized = failed(401, 'security_exception');

/** Whether what was asked may have changed anything. */
export const isWrite = ({ method, path }: Question): boolean =>
  method !== 'GET' && method !== 'HEAD' && path !== '/_cluster/allocation/explain';
