// The HTTP server of probes and metrics: /healthz (the process answers), /readyz (the caches are filled), /metrics.
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export interface ProbeSources {
  readonly registry: Registry;
  readonly isReady: () => boolean;
}

/** Starts listening on `port` of every address. */
export async function serveProbes(port: number, { registry, isReady }: ProbeSources): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    if (request.method !== 'GET') answer(405, 'Only GET is answered here.\n');
    else if (request.url === '/healthz') answer(200, 'ok\n');
    else if (request.url === '/readyz')
      answer(isReady() ? 200 : 503, isReady() ? 'ready\n' : 'The caches are not filled yet.\n');
    else if (request.url === '/metrics') {
      registry.metrics().then(
        (text) => {
          answer(200, text, registry.contentType);
        },
        () => {
          answer(500, 'The metrics could not be collected.\n');
        },
      );
    } else answer(404, 'Known here: /healthz, /readyz, /metrics.\n');
  });
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', reject).listen(port, () => {
    resolve(server);
  });
  return promise;
}
