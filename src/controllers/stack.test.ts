// Tests of the stack's own component: it makes what a new stack begins with, besides summing up.
import { describe, expect, it } from 'vitest';
import { apiVersion, kind } from '../api/logging-stack.ts';
import { exampleIdentity, exampleStack } from '../core/stack.testing.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ObjectAction } from '../core/objects.ts';
import type { Look } from './framework.ts';
import { stackComponent } from './stack.ts';

const never = new AbortController().signal;

async function outcome(spec: Parameters<typeof exampleStack>[0], live: readonly KubeObject[] = []) {
  const actions: ObjectAction[] = [];
  const look = {
    stack: exampleStack(spec),
    object: { apiVersion, kind, metadata: { ...exampleIdentity } },
    live: (reference: { readonly name: string }) => live.find(({ metadata }) => metadata.name === reference.name),
    act: (planned: readonly ObjectAction[]) => Promise.resolve(void actions.push(...planned)),
  } as unknown as Look;
  return { ...(await stackComponent.reconcile(look, never)), actions };
}

const restoreFrom = { type: 'LatestGood', repositoryRef: { name: 'backups' } } as const;

describe('the stack', () => {
  it('gets a StackRestore when it is to begin with a snapshot, and none otherwise', async () => {
    const { actions, refusals } = await outcome({ restoreFrom });
    expect(actions).toMatchObject([{ kind: 'create', object: { kind: 'StackRestore' } }]);
    expect(refusals).toEqual([]);
    expect((await outcome({})).actions).toEqual([]);
  });

  it('says when somebody else has one of that name', async () => {
    const foreign = { apiVersion, kind: 'StackRestore', metadata: { name: 'logs-first', namespace: 'team' } };
    const { actions, refusals, findings } = await outcome({ restoreFrom }, [foreign]);
    expect(actions).toEqual([]);
    expect(refusals.map(({ rule }) => rule)).toEqual(['ForeignObject']);
    expect(findings.map(({ type }) => type)).toContain('Ready');
  });
});
