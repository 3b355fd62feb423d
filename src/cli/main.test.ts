// The whole command, as a process of its own, against a stand-in for the API server that knows one stack and answers its plans.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { StackPlanStatus } from '../api/stack-plan.ts';

const collection = '/apis/loggingstack.dev/v1alpha1/namespaces/team';
const condition = {
  status: 'True',
  lastTransitionTime: '2026-11-22T12:00:00Z',
  reason: 'Fine',
  message: 'All is well.',
};
const stack = {
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'LoggingStack',
  metadata: { name: 'logs', namespace: 'team', generation: 4, uid: 'uid-1', resourceVersion: '1' },
  spec: { version: '9.4.3' },
  status: { conditions: [{ ...condition, type: 'Ready', observedGeneration: 4 }] },
};

const edited = {
  apiVersion: stack.apiVersion,
  kind: stack.kind,
  metadata: { name: 'logs', namespace: 'team' },
  spec: { version: '9.4.3', kibana: { replicas: 2 } },
};

/** What a watch tells of it. */
const unready = {
  ...stack,
  metadata: { ...stack.metadata, resourceVersion: '2' },
  status: { conditions: [{ ...condition, type: 'Ready', observedGeneration: 4, status: 'False' }] },
};

interface Sent {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

let server: Server;
let folder: string;
/** The last plan that was sent, and its address with the query. */
let sent: { readonly url: string; readonly body: Sent } | undefined;
/** Whether the stack is deleted as soon as somebody watches. */
let deletes: boolean;
/** What the stand-in of the operator makes of a plan. */
let outcome: StackPlanStatus;

function answer(method: string, url: string, body: string): readonly [number, unknown] {
  const [path = ''] = url.split('?');
  if (method === 'GET' && path === `${collection}/loggingstacks`)
    return [200, { metadata: { resourceVersion: '1' }, items: [stack] }];
  if (method === 'GET' && path === `${collection}/loggingstacks/logs`) return [200, stack];
  // As an API server does that does not know the kind.
  if (path.startsWith(collection.replace('team', 'bare'))) return [404, '404 page not found'];
  if (method === 'POST' && path === `${collection}/stackplans`) {
    sent = { url, body: JSON.parse(body) as Sent };
    return [201, sent.body];
  }
  if (method === 'GET' && path === `${collection}/stackplans/${sent?.body.metadata.name ?? ''}`)
    return [200, { ...sent?.body, metadata: { ...sent?.body.metadata, generation: 1 }, status: outcome }];
  return [404, { kind: 'Status', reason: 'NotFound', message: `${path} not found` }];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url?.includes('watch=true') === true) {
        const type = deletes ? 'DELETED' : 'MODIFIED';
        response.writeHead(200).write(`${JSON.stringify({ type, object: unready })}\n`);
        return; // goes on until the other side ends it
      }
      const [status, value] = answer(request.method ?? '', request.url ?? '', body);
      response.writeHead(status).end(typeof value === 'string' ? value : JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    // A server without TLS is only asked where this is set.
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    'current-context': 'x',
  };
  await writeFile(join(folder, 'kubeconfig'), stringify(kubeconfig));
  await writeFile(join(folder, 'edited.yaml'), stringify(edited));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  sent = undefined;
  deletes = false;
  outcome = { conditions: [{ ...condition, status: 'True', type: 'Planned', observedGeneration: 1 }], bytesLost: 0 };
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(...line: readonly string[]): Promise<Ended> {
  const main = join(import.meta.dirname, 'main.ts');
  const all = [main, ...line, '--kubeconfig', join(folder, 'kubeconfig')];
  return new Promise((resolve) => {
    const ended = execFile(process.execPath, all, (_error, stdout, stderr) => {
      resolve({ code: ended.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe('status', () => {
  it.each([[['status']], [['status', 'logs']]])('%j prints the stack', async (line) => {
    const { code, stdout } = await command(...line);
    expect(stdout).toContain('Stack logs in namespace team: ready. All is well.');
    expect(code).toBe(0);
  });

  it('--watch prints one line for each change where there is no terminal, until it is stopped', async () => {
    const line = ['status', 'logs', '--watch', '--kubeconfig', join(folder, 'kubeconfig')];
    const watching = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...line]);
    const ended = once(watching, 'exit');
    let stdout = '';
    for await (const chunk of watching.stdout.setEncoding('utf8')) {
      stdout += String(chunk);
      if (stdout.includes('Ready is False')) watching.kill('SIGINT');
    }
    expect(stdout).toMatch(/^Stack logs in namespace team: ready\./);
    expect(stdout).toMatch(/^\S+Z Ready is False \(Fine\): All is well\.$/m);
    expect(await ended).toEqual([0, null]);
  });

  it('--watch ends with 1 when the stack is deleted, and says so', async () => {
    deletes = true;
    const { code, stderr } = await command('status', 'logs', '--watch');
    expect([code, stderr]).toEqual([1, 'error: Stack logs in namespace team was deleted.\n']);
  });

  it.each([[['status']], [['status', 'logs']], [['plan', '-f', 'edited']]])(
    '%j on a cluster without the operator asks whether it is installed',
    async (line) => {
      await writeFile(join(folder, 'edited'), stringify({ ...edited, metadata: { name: 'logs' } }));
      const given = line.map((word) => (word === 'edited' ? join(folder, word) : word));
      const { code, stderr } = await command(...given, '-n', 'bare');
      expect([code, stderr]).toEqual([1, expect.stringContaining('is the operator installed')]);
    },
  );

  it('in a context that the kubeconfig does not have is an error that names those that it has', async () => {
    const { code, stderr } = await command('status', '--context', 'typo');
    expect([code, stderr]).toEqual([1, expect.stringContaining('has no context typo: give --context one of x')]);
  });

  it('without a kubeconfig is an error that says so', async () => {
    const main = join(import.meta.dirname, 'main.ts');
    const env = { PATH: process.env['PATH'], HOME: folder };
    const said = await new Promise((resolve) => {
      execFile(process.execPath, [main, 'status'], { env }, (_error, _stdout, stderr) => {
        resolve(stderr);
      });
    });
    expect(said).toContain('there is no kubeconfig');
  });

  it('of a stack that is not there is an error that says so', async () => {
    const { code, stdout, stderr } = await command('status', 'other');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('LoggingStack team/other');
  });
});

describe('plan', () => {
  const plan = (...more: readonly string[]) => command('plan', '-f', join(folder, 'edited.yaml'), ...more);

  it('proposes the spec of the manifest, strictly, and prints what comes out', async () => {
    const { code, stdout } = await plan('--ttl', '30m');
    expect(sent?.url).toContain('fieldValidation=Strict');
    expect(sent?.body).toMatchObject({
      kind: 'StackPlan',
      spec: { stackRef: { name: 'logs' }, proposed: { version: '9.4.3', kibana: { replicas: 2 } }, ttl: '30m' },
    });
    expect(stdout).toContain('Nothing would be done.');
    expect(code).toBe(0);
  });

  it('ends with 2 when something would be refused, as text and as JSON', async () => {
    const refusal = { rule: 'DiskTooSmall', subject: 'Pod/a', message: 'm', remedy: 'r' };
    outcome = { ...outcome, refusals: [refusal] };
    const asText = await plan();
    expect([asText.code, asText.stdout]).toEqual([2, expect.stringContaining('DiskTooSmall: Pod/a')]);
    const asJson = await plan('--json');
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ stack: 'logs', namespace: 'team', refusals: [refusal] });
  });

  it('ends with 1 when no plan can be made, or nobody makes one', async () => {
    outcome = {
      conditions: [{ ...condition, type: 'Planned', observedGeneration: 1, status: 'False', reason: 'NoSuchStack' }],
    };
    expect(await plan()).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('NoSuchStack') as string,
    });
    outcome = {};
    const unanswered = await plan('--timeout', '1');
    expect(unanswered).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no operator has answered') as string,
    });
  });

  it('ends with 3 when the plan was cut off: what it would refuse later is not known', async () => {
    const [planned] = outcome.conditions ?? [];
    if (planned === undefined) throw new Error('no condition');
    outcome = { ...outcome, conditions: [{ ...planned, reason: 'PlannedInPart' }] };
    expect((await plan()).code).toBe(3);
  });

  it('says why the operator has no plan yet, when the time is over', async () => {
    const waiting = { ...condition, type: 'Planned', observedGeneration: 1, status: 'Unknown' as const };
    outcome = { conditions: [{ ...waiting, reason: 'EsUnreachable', message: 'No node is ready.' }] };
    const { code, stderr } = await plan('--timeout', '1');
    expect([code, stderr]).toEqual([1, expect.stringContaining('(EsUnreachable): No node is ready.')]);
    expect(stderr).not.toContain('no operator');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 130 when a %s ends it before there is a plan', async (signal) => {
    outcome = {};
    const line = ['plan', '-f', join(folder, 'edited.yaml'), '--kubeconfig', join(folder, 'kubeconfig')];
    const planning = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...line]);
    const ended = once(planning, 'exit');
    const said = text(planning.stderr);
    while (sent === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    planning.kill(signal);
    expect([await ended, await said]).toEqual([[130, null], 'error: interrupted\n']);
  });

  it('refuses two namespaces before it asks anybody', async () => {
    const { code, stderr } = await plan('-n', 'other');
    expect([code, stderr]).toEqual([1, expect.stringContaining('--namespace says other')]);
    expect(sent).toBeUndefined();
  });
});
