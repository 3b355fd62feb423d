// Tests of what Kibana consists of in Kubernetes, and of what its Deployment waits for.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadTemplates } from '../../templates.ts';
import { annotations } from '../names.ts';
import { restrictedViolations } from '../pod-security.testing.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import { exampleStack } from '../stack.testing.ts';
import { liveSecrets, podTemplateOf } from '../workloads.testing.ts';
import { desiredKibana, planKibana } from './desired.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

const secrets = ['logs-kb-http-certs', 'logs-es-http-certs', 'logs-kb-token', 'logs-kb-keys'];
const object = (kind: string, stack = exampleStack()) => {
  const found = desiredKibana(stack, templates, 'secrets').find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
};
const settings = () =>
  parse((object('ConfigMap')['data'] as Record<string, string>)['kibana.yml'] ?? '') as Record<string, unknown>;

describe('kibana.yml', () => {
  it('connects to Elasticsearch by its Service, with full verification and a service token', () => {
    expect(settings()).toMatchObject({
      'server.name': 'logs-kb',
      'elasticsearch.hosts': ['https://logs-es-http.team.svc:9200'],
      'elasticsearch.ssl.verificationMode': 'full',
      'elasticsearch.serviceAccountToken': '${STACK_SERVICE_TOKEN}',
      'server.ssl.enabled': true,
    });
    expect(settings()).not.toHaveProperty('elasticsearch.username');
  });

  it('has every variable that it refers to in the environment of the container', () => {
    const variables = Object.values(settings()).flatMap((value) => /\$\{(\w+)\}/.exec(String(value))?.[1] ?? []);
    const given = podTemplateOf(object('Deployment')).spec.containers[0]?.env?.map(({ name }) => name);
    expect(variables).toHaveLength(4);
    expect(given).toEqual(expect.arrayContaining(variables));
  });
});

describe('the Deployment', () => {
  it('names no variable that the image would turn into an argument of the process, and lets no Service do so', () => {
    const { containers, ...pod } = podTemplateOf(object('Deployment')).spec;
    for (const { name } of containers[0]?.env ?? []) expect(name).toMatch(/^STACK_/);
    expect(pod['enableServiceLinks']).toBe(false);
  });

  it('is admitted by restricted Pod Security, without a token of Kubernetes', () => {
    const { spec } = podTemplateOf(object('Deployment'));
    expect(restrictedViolations(spec)).toEqual([]);
    expect(spec['automountServiceAccountToken']).toBe(false);
  });

  it("mounts of Elasticsearch's Secret the authority only, never the key", () => {
    expect(JSON.stringify(podTemplateOf(object('Deployment')).spec['volumes'])).toContain(
      '{"name":"logs-es-http-certs","items":[{"key":"ca.crt","path":"elasticsearch-ca.crt"}]}',
    );
  });

  it('never runs two versions beside each other', () => {
    expect(object('Deployment')['spec']).toMatchObject({ strategy: { type: 'Recreate' }, replicas: 1 });
  });

  it('can have no pods', () => {
    expect(object('Deployment', exampleStack({ kibana: { replicas: 0 } }))['spec']).toMatchObject({ replicas: 0 });
  });

  it('gets new pods when a Secret is replaced or a certificate changes, and not when nothing does', () => {
    const hash = (stack: ReturnType<typeof exampleStack>, live: ReturnType<typeof liveSecrets>) => {
      const deployment = planKibana(stack, templates, live).actions.find(
        (action) => action.kind === 'create' && action.object.kind === 'Deployment',
      );
      if (deployment?.kind !== 'create') throw new Error('no Deployment is planned');
      return podTemplateOf(deployment.object).metadata.annotations[annotations.configHash];
    };
    const stack = exampleStack();
    const first = hash(stack, liveSecrets(secrets));
    expect(hash(stack, liveSecrets(secrets))).toBe(first);
    expect(hash(stack, liveSecrets(secrets, { 'logs-kb-token': { uid: 'another' } }))).not.toBe(first);
    expect(hash(stack, liveSecrets(secrets, { 'logs-kb-http-certs': { 'tls.crt': 'bmV3' } }))).not.toBe(first);
  });

  it('waits for its Secrets, and says for which; the rest goes ahead', () => {
    const plan = planKibana(exampleStack(), templates, liveSecrets(secrets.slice(0, 2)));
    expect(plan.missingSecrets).toEqual(['logs-kb-token', 'logs-kb-keys']);
    expect(plan.actions.map((action) => (action.kind === 'create' ? action.object.kind : action.kind))).toEqual([
      'ServiceAccount',
      'ConfigMap',
      'Service',
    ]);
  });
});
