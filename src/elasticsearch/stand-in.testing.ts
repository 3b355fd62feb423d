// For tests: a STAND-IN for Elasticsearch, an HTTPS server on loopback that checks what our client sends and answers as told. What Elasticsearch really answers is tested on a real one (e2e).
import 'reflect-metadata';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import type { Endpoint } from './client.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes the answer into its own hands. */
  readonly send?: (response: ServerResponse) => void;
}

export interface StandIn extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly received: Received[];
}

export const password = 'correct-horse-battery-staple';

let usual: ReturnType<typeof authorityAndLeaf> | undefined;

/** Starts a server. `answer` is asked for each request; without a body it answers `{}`. All share one authority, unless told otherwise. */
export async function startStandIn(
  answer: (request: Received) => Answer,
  { ownAuthority = false } = {},
): Promise<StandIn> {
  usual ??= authorityAndLeaf();
  const { ca, certificate, key } = await (ownAuthority ? authorityAndLeaf() : usual);
  const received: Received[] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: decodeURIComponent(url), headers, body };
      received.push(one);
      reply(response, answer(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { url: `https://127.0.0.1:${port}`, ca, username: 'loggingstack-operator', password },
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, { status = 200, body = {}, headers = {}, send }: Answer): void {
  if (send !== undefined) {
    send(response);
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-elastic-product': 'Elasticsearch',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

async function authorityAndLeaf(): Promise<{ ca: string; certificate: string; key: string }> {
  const authorityKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const leafKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const day = 86_400_000;
  const times = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test authority',
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    ...times,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=stand-in',
    issuer: authority.subject,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    ...times,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const exported = await crypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
  return {
    ca: authority.toString('pem'),
    certificate: leaf.toString('pem'),
    key: x509.PemConverter.encode(exported, 'PRIVATE KEY'),
  };
}
