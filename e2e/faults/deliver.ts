// Passes a server's answer on to the client, damaged as the fault says.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultAction } from './faults.ts';

/** Breaks the client's connection. */
export function drop(response: ServerResponse): void {
  response.socket?.destroy();
}

export function deliver(answer: IncomingMessage, response: ServerResponse, action: FaultAction | undefined): void {
  answer.on('error', () => {
    drop(response);
  });
  answer.on('aborted', () => {
    drop(response);
  });
  if (action?.kind === 'lost-answer') {
    answer.resume();
    drop(response);
    return;
  }
  const damaging = action?.kind === 'cut' || action?.kind === 'truncate' || action?.kind === 'stall';
  const headers = { ...answer.headers };
  // A length would let the client notice the truncation by itself; without it the answer ends like any other.
  if (damaging) delete headers['content-length'];
  response.writeHead(answer.statusCode ?? 502, headers);
  response.flushHeaders();
  if (damaging) deliverPart(answer, response, action);
  else if (action?.kind === 'split') deliverInPieces(answer, response, action.bytes);
  else answer.pipe(response);
}

function deliverPart(
  answer: IncomingMessage,
  response: ServerResponse,
  { kind, afterBytes }: { kind: 'cut' | 'truncate' | 'stall'; afterBytes: number },
): void {
  let left = afterBytes;
  const finish = (): void => {
    if (kind === 'stall') return; // silence until the client leaves
    if (kind === 'truncate') response.end();
    else setImmediate(drop, response); // after what was written has left
  };
  answer.on('data', (chunk: Buffer) => {
    if (left < 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (left > 0) response.write(part);
    else {
      left = -1;
      if (part.length > 0) response.write(part, finish);
      else finish();
    }
  });
  answer.on('end', () => {
    if (left >= 0) response.end(); // shorter than the fault: it comes whole
  });
  if (afterBytes === 0) {
    left = -1;
    finish();
  }
}

/** Each piece waits until the last one has left, so that the client really gets them one by one. */
function deliverInPieces(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
  void (async () => {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length; start += bytes) {
        await new Promise((resolve) => response.write(chunk.subarray(start, start + bytes), resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    response.end();
  })().catch(() => {
    drop(response);
  });
}
