// Tests of Logstash's API key: made once, never lost to a crash, replaced when the cluster does not know it, ended when orphaned.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { componentLabels, ownerReference } from '../names.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { type ApiKeyObserved, createApiKeySecret, planApiKey } from './api-key.ts';

const stack = exampleStack();

function secretWith(value: string, owner = ownerReference(exampleIdentity)): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'logs-ls-api-key',
      namespace: 'team',
      uid: 'secret-1',
      resourceVersion: '7',
      labels: componentLabels(exampleIdentity, 'logstash'),
      ownerReferences: [owner],
    },
    data: { api_key: Buffer.from(value).toString('base64') },
  };
}

const answered = (activeKeys: readonly string[], indexTemplateExists = true): ApiKeyObserved['cluster'] => ({
  answered: true,
  activeKeys,
  indexTemplateExists,
});
const silent: ApiKeyObserved['cluster'] = { answered: false, code: 'EsTimeout', message: 'No answer in time.' };
const kinds = (observed: ApiKeyObserved) => planApiKey(stack, observed).actions.map((action) => action.kind);

describe("Logstash's API key", () => {
  it.each<[string, ApiKeyObserved, readonly string[], boolean]>([
    ['is made when there is none', { secret: undefined, cluster: answered([]) }, ['issueApiKey'], true],
    ['waits for the index template', { secret: undefined, cluster: answered([], false) }, [], true],
    ['waits for an answer', { secret: undefined, cluster: silent }, [], true],
    ['stays when it works', { secret: secretWith('a:x'), cluster: answered(['a']) }, [], false],
    ['stays when Elasticsearch gives no answer', { secret: secretWith('a:x'), cluster: silent }, [], false],
    [
      'is replaced when the cluster does not know it',
      { secret: secretWith('a:x'), cluster: answered([]) },
      ['delete'],
      true,
    ],
    ['is replaced when the Secret holds none', { secret: secretWith(''), cluster: answered([]) }, ['delete'], true],
    [
      'is made anew before a key that a crash orphaned is ended',
      { secret: undefined, cluster: answered(['a']) },
      ['issueApiKey'],
      true,
    ],
    [
      'ends other keys of its name',
      { secret: secretWith('b:x'), cluster: answered(['a', 'b']) },
      ['invalidateApiKeys'],
      false,
    ],
  ])('%s', (_name, observed, expected, waits) => {
    expect(kinds(observed)).toEqual(expected);
    expect(planApiKey(stack, observed).waiting !== undefined).toBe(waits);
  });

  it('ends only keys that are not in the Secret', () => {
    const { actions } = planApiKey(stack, { secret: secretWith('b:x'), cluster: answered(['a', 'b', 'c']) });
    expect(actions).toEqual([{ kind: 'invalidateApiKeys', ids: ['a', 'c'] }]);
  });

  it('deletes exactly the Secret that was seen', () => {
    const { actions } = planApiKey(stack, { secret: secretWith('a:x'), cluster: answered([]) });
    expect(actions).toMatchObject([{ kind: 'delete', uid: 'secret-1', resourceVersion: '7' }]);
  });

  it('may add documents to data streams of logs, make such streams, and nothing else', () => {
    const [action] = planApiKey(stack, { secret: undefined, cluster: answered([]) }).actions;
    expect(action).toEqual({
      kind: 'issueApiKey',
      name: 'loggingstack-team-logs-logstash',
      roleDescriptors: {
        logstash_writer: {
          cluster: ['monitor'],
          indices: [{ names: ['logs-*-*'], privileges: ['auto_configure', 'create_doc'] }],
        },
      },
    });
  });

  it('[foreign-object] a Secret of another stack stays untouched', () => {
    const foreign = secretWith('a:x', { ...ownerReference(exampleIdentity), uid: 'other' });
    const planned = planApiKey(stack, { secret: foreign, cluster: answered([]) });
    expect(planned.actions).toEqual([]);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignObject', subject: 'Secret/logs-ls-api-key' }]);
  });

  it('is stored so that the next look finds it', () => {
    const action = createApiKeySecret(stack, 'a:x');
    if (action.kind !== 'create') throw new Error('A Secret is created, never applied.');
    expect(kinds({ secret: action.object, cluster: answered(['a']) })).toEqual([]);
  });
});
