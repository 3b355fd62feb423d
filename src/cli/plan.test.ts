// Which manifests can be planned, and when a plan is there.
import { describe, expect, it } from 'vitest';
import { plannedStatus } from '../core/status/stack-plan.ts';
import { finished, isWhole, planObject, proposalIn } from './plan.ts';

const stack =
  'apiVersion: loggingstack.dev/v1alpha1\nkind: LoggingStack\nmetadata: { name: logs }\nspec: { version: 9.4.3 }\n';

describe('the proposal in a manifest', () => {
  it('is the one stack, among whatever else is there', () => {
    const text = `apiVersion: v1\nkind: Namespace\nmetadata: { name: team }\n---\n${stack}---\n`;
    expect(proposalIn(text, 'f')).toEqual({ stack: 'logs', namespace: undefined, spec: { version: '9.4.3' } });
  });

  it('names the namespace that the manifest names', () => {
    const text = stack.replace('{ name: logs }', '{ name: logs, namespace: team }');
    expect(proposalIn(text, 'f').namespace).toBe('team');
  });

  it.each([
    ['', 'f holds no LoggingStack.'],
    ['kind: Pod', 'f holds no LoggingStack.'],
    [`${stack}---\n${stack}`, 'f holds 2 objects of kind LoggingStack'],
    [stack.replace('v1alpha1', 'v1'), 'apiVersion is loggingstack.dev/v1, not loggingstack.dev/v1alpha1'],
    [stack.replace('{ name: logs }', '{}'), 'metadata.name is not given'],
    ['a: [', 'f is no YAML'],
  ])('is refused: %j', (text, message) => {
    expect(() => proposalIn(text, 'f')).toThrow(message);
  });
});

it('a plan is named after its stack, and has no ttl unless one is given', () => {
  const proposal = { stack: 'logs', namespace: undefined, spec: { version: '9.4.3' } };
  expect(planObject(proposal, 'team', 'ab12')).toEqual({
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'StackPlan',
    metadata: { name: 'logs-ab12', namespace: 'team' },
    spec: { stackRef: { name: 'logs' }, proposed: { version: '9.4.3' } },
  });
});

describe('a plan', () => {
  const withCondition = (status: string, observedGeneration: number) => ({
    ...planObject({ stack: 'logs', namespace: 'team', spec: {} }, 'team', 'ab12'),
    metadata: { name: 'logs-ab12', namespace: 'team', generation: 2, creationTimestamp: '2026-11-22T12:00:00Z' },
    status: {
      conditions: [{ type: 'Planned', status, observedGeneration, reason: 'NoSuchStack', message: 'There is none.' }],
    },
  });

  it('is there when its condition says so for this generation', () => {
    expect(finished(withCondition('True', 2))).toMatchObject({ conditions: [{ status: 'True' }] });
    expect(finished(withCondition('True', 1))).toBeUndefined();
    expect(finished(withCondition('Unknown', 2))).toBeUndefined();
    expect(finished({ ...withCondition('True', 2), status: {} })).toBeUndefined();
  });

  it('that does not come to its end is not whole', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    const speed = { bytesPerSecond: 1, measured: true };
    const basis = { generation: 1, at: now, paused: false, speed };
    const status = (unfinished: string | undefined) =>
      plannedStatus(withCondition('True', 2), { steps: [], refusals: [], bytesLost: 0, unfinished }, basis, now);
    expect(isWhole(status(undefined))).toBe(true);
    expect(isWhole(status('It was cut off.'))).toBe(false);
  });

  it('that cannot be made is an error that says why', () => {
    expect(() => finished(withCondition('False', 2))).toThrow(
      'No plan can be made in namespace team (StackPlan logs-ab12, NoSuchStack): There is none.',
    );
  });
});
