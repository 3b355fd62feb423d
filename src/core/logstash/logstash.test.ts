// Tests of what Logstash consists of in Kubernetes, of its files by version, and of the edits that it cannot follow.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadTemplates } from '../../templates.ts';
import type { KubeObject, ObjectReference } from '../kubernetes.ts';
import { annotations, componentLabels } from '../names.ts';
import { restrictedViolations } from '../pod-security.testing.ts';
import { bytesOf } from '../quantities.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { liveSecrets, podTemplateOf, secretsOfLogstash } from '../workloads.testing.ts';
import { logstashFiles } from './config.ts';
import { desiredLogstash } from './desired.ts';
import { pipelineText } from './pipeline.ts';
import { planLogstash } from './plan.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

const facts = { replicas: 1, queueSize: '1Gi', secrets: 'secrets' };
const seen = { takenAt: '2026-01-01T00:00:00Z', queue: undefined };
const withVersion = (version: string): ResolvedStack => {
  const stack = exampleStack();
  return { ...stack, images: { ...stack.images, logstash: { image: 'logstash', version } } };
};
const settings = (stack: ResolvedStack, queueSize = '1Gi') =>
  parse(logstashFiles(stack, templates, queueSize)['logstash.yml']) as Record<string, unknown>;
const statefulSet = (stack = exampleStack()) => {
  const found = desiredLogstash(stack, templates, facts).find(({ kind }) => kind === 'StatefulSet');
  if (found === undefined) throw new Error('no StatefulSet');
  return found;
};
const pod = (stack = exampleStack()) => podTemplateOf(statefulSet(stack)).spec;

describe('logstash.yml', () => {
  it('opens the API to who knows its password, by TLS, and has neither password in it', () => {
    expect(settings(exampleStack())).toMatchObject({
      'api.http.host': '0.0.0.0',
      'api.http.port': 9600,
      'api.ssl.enabled': true,
      'api.ssl.keystore.password': '${STACK_KEYSTORE_PASSWORD}',
      'api.auth.type': 'basic',
      'api.auth.basic.username': 'loggingstack-operator',
      'api.auth.basic.password': '${STACK_HTTP_PASSWORD}',
    });
  });

  it('names a keystore and variables that the pods have', () => {
    const given = settings(exampleStack());
    const text = JSON.stringify(pod());
    expect(given['api.ssl.keystore.path']).toBe('/usr/share/logstash/certs/api.p12');
    expect(text).toContain('{"key":"keystore.p12","path":"api.p12"}');
    for (const name of ['STACK_KEYSTORE_PASSWORD', 'STACK_HTTP_PASSWORD']) expect(text).toContain(`"name":"${name}"`);
  });

  it.each(['1Gi', '4Gi', '300Mi', '1Ti'])('leaves at least 10 %% of a volume of %s to the file system', (size) => {
    const megabytes = (key: string) => Number.parseInt(String(settings(exampleStack(), size)[key]), 10);
    const used = (megabytes('queue.max_bytes') + megabytes('dead_letter_queue.max_bytes')) * 1024 ** 2;
    expect(used).toBeLessThanOrEqual(bytesOf(size) * 0.9);
    expect(used).toBeGreaterThan(bytesOf(size) * 0.8);
  });

  it('reloads certificates from 9.5 on, and does not know the setting before', () => {
    expect(settings(withVersion('9.5.0'))).toMatchObject({ 'ssl.reload.automatic': true });
    expect(settings(withVersion('9.4.9'))).not.toHaveProperty('ssl.reload.automatic');
    expect(settings(withVersion('8.19.8'))).not.toHaveProperty('ssl.reload.automatic');
  });

  it('has escapes switched on: values in the pipeline are quoted for that', () => {
    expect(settings(exampleStack())).toMatchObject({
      'config.support_escapes': true,
      'pipeline.ecs_compatibility': 'v8',
    });
  });
});

describe('the pipeline', () => {
  const pipeline = () => pipelineText(exampleStack(), templates, false);

  it('takes logs of those only that the Beats authority signed for', () => {
    expect(pipeline()).toContain('ssl_client_authentication => "required"');
    expect(pipeline()).toContain('ssl_certificate_authorities => ["/usr/share/logstash/certs/beats-ca.crt"]');
  });

  it('writes to one data stream of Elasticsearch, with verification, and no event can choose another', () => {
    expect(pipeline()).toContain('hosts => ["https://logs-es-http.team.svc:9200"]');
    expect(pipeline()).toContain('ssl_verification_mode => "full"');
    expect(pipeline()).toContain('data_stream_dataset => "kubernetes.container"');
    expect(pipeline()).toContain('data_stream_auto_routing => false');
  });

  it.each(['cacert', 'ssl', 'ssl_certificate_verification', 'keystore', 'truststore', 'ssl_verify_mode', 'index'])(
    'has no option %s: the plugins of 9.x, or data streams, refuse it',
    (option) => {
      expect(pipeline()).not.toMatch(new RegExp(`^\\s*${option}\\s*=>`, 'm'));
    },
  );

  it('has no secret in it', () => {
    expect(pipeline()).toContain('api_key => "${STACK_API_KEY}"');
  });
});

describe('the StatefulSet', () => {
  it('is admitted by restricted Pod Security, without a token of Kubernetes', () => {
    expect(restrictedViolations(pod())).toEqual([]);
    expect(pod()['automountServiceAccountToken']).toBe(false);
  });

  it('names no variable that the image would take for a setting: it would rewrite a file that is read-only', () => {
    const settingsOfImage = /^(node|path|pipeline|config|ssl|queue|dead_?letter|api|log|otel|xpack|monitoring|allow)/i;
    for (const { name } of pod().containers[0]?.env ?? []) expect(name).not.toMatch(settingsOfImage);
    expect(pod()['enableServiceLinks']).toBe(false);
  });

  it('has a heap of half its memory, and two minutes to stop', () => {
    const stack = exampleStack({ logstash: { resources: { limits: { memory: '3Gi' } } } });
    expect(pod(stack).containers[0]?.env).toContainEqual({ name: 'LS_JAVA_OPTS', value: '-Xms1536m -Xmx1536m' });
    expect(pod(stack)['terminationGracePeriodSeconds']).toBe(120);
  });

  it('is started once its API listens, and ready while it takes logs', () => {
    const [container] = pod().containers;
    expect(container?.['startupProbe']).toMatchObject({ tcpSocket: { port: 'api' } });
    expect(container?.['readinessProbe']).toMatchObject({ tcpSocket: { port: 'beats' } });
    expect(container?.['ports']).toContainEqual({ name: 'beats', containerPort: 5044, protocol: 'TCP' });
  });

  it('gets new pods for new settings, and not for a new pipeline', () => {
    const hash = (texts: ConfigTemplates) => {
      const found = desiredLogstash(exampleStack(), texts, facts).find(({ kind }) => kind === 'StatefulSet');
      return found && podTemplateOf(found).metadata.annotations[annotations.configHash];
    };
    const main = `${templates['logstash/main.conf'] ?? ''}\n# more`;
    const settingsText = `${templates['logstash/logstash.yml'] ?? ''}\nlog.level: debug`;
    expect(hash({ ...templates, 'logstash/main.conf': main })).toBe(hash(templates));
    expect(hash({ ...templates, 'logstash/logstash.yml': settingsText })).not.toBe(hash(templates));
  });

  it('keeps queues of pods that are scaled away, and goes by volumes.whenDeleted with the rest', () => {
    expect(statefulSet(exampleStack({ volumes: { whenDeleted: 'Delete' } }))['spec']).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    });
  });
});

describe('planLogstash', () => {
  const everything = liveSecrets(secretsOfLogstash);

  it('waits for the API key, which needs a running Elasticsearch', () => {
    const others = secretsOfLogstash.filter((name) => name !== 'logs-ls-api-key');
    const plan = planLogstash(exampleStack(), templates, liveSecrets(others), seen);
    expect(plan.missingSecrets).toEqual(['logs-ls-api-key']);
    expect(JSON.stringify(plan.actions)).not.toContain('"StatefulSet"');
    expect(JSON.stringify(planLogstash(exampleStack(), templates, everything, seen).actions)).toContain(
      '"StatefulSet"',
    );
  });

  it('before 9.5 new certificates mean new pods, later they do not; a new API key, or a new keystore of the API, always does', () => {
    const hash = (version: string, changed: Record<string, Record<string, string>>) =>
      JSON.stringify(planLogstash(withVersion(version), templates, liveSecrets(secretsOfLogstash, changed), seen));
    const certificate = { 'logs-ls-certs': { 'tls.crt': 'bmV3' } };
    const key = { 'logs-ls-api-key': { uid: 'another' } };
    const keystore = { 'logs-ls-api-certs': { uid: 'another' } };
    const password = { 'logs-ls-api-user': { uid: 'another' } };
    expect(hash('9.4.3', certificate)).not.toBe(hash('9.4.3', {}));
    expect(hash('9.5.0', certificate)).toBe(hash('9.5.0', {}));
    for (const changed of [key, keystore, password]) expect(hash('9.5.0', changed)).not.toBe(hash('9.5.0', {}));
  });

  it('refuses another queue size by name, with both sizes, and keeps what is there', () => {
    const running = statefulSet();
    const live = (reference: ObjectReference) => (reference.kind === 'StatefulSet' ? running : everything(reference));
    const plan = planLogstash(exampleStack({ logstash: { queue: { size: '4Gi' } } }), templates, live, seen);
    expect(plan.refusals).toMatchObject([
      {
        rule: 'QueueResizeRefused',
        subject: 'StatefulSet/logs-ls',
        message: expect.stringContaining('have 1Gi') as string,
      },
    ]);
    expect(plan.refusals[0]?.message).toContain('asks for 4Gi');
    const text = JSON.stringify(plan.actions);
    expect(text).toContain('768mb');
    expect(text).not.toContain('4Gi');
    expect(
      planLogstash(exampleStack({ logstash: { queue: { size: '1024Mi' } } }), templates, live, seen).refusals,
    ).toEqual([]);
  });

  it('[operator-upgrade-rolls] settings of a new operator wait, and pipelines follow the number of pods all the same', () => {
    const objects = planLogstash(exampleStack(), templates, everything, seen).actions.flatMap((action) =>
      action.kind === 'create' ? [action.object] : [],
    );
    const live = (reference: ObjectReference) =>
      objects.find(({ kind, metadata }) => kind === reference.kind && metadata.name === reference.name) ??
      everything(reference);
    const settingsText = `${templates['logstash/logstash.yml'] ?? ''}\nlog.level: debug`;
    const newer = { ...templates, 'logstash/logstash.yml': settingsText };
    expect(planLogstash(exampleStack(), newer, live, seen).actions).toEqual([]);
    const { actions } = planLogstash(exampleStack({ logstash: { replicas: 2 } }), newer, live, seen);
    expect(actions.map((action) => (action.kind === 'apply' ? action.object.metadata.name : ''))).toEqual([
      'logs-ls-pipelines',
      'logs-ls',
    ]);
    expect(JSON.stringify(actions)).toContain('"logs-ls-1.conf"');
    expect(JSON.stringify(actions)).not.toContain('log.level');
  });

  describe('over kept queue volumes, with no StatefulSet', () => {
    const claim = (name: string, size: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: 'team', labels: componentLabels(exampleIdentity, 'logstash'), ...more },
      spec: { resources: { requests: { storage: size } } },
    });
    const planOver = (...claims: readonly KubeObject[]) => {
      const live = (reference: ObjectReference) =>
        reference.kind === 'PersistentVolumeClaim'
          ? claims.find(({ metadata }) => metadata.name === reference.name)
          : everything(reference);
      return planLogstash(exampleStack({ logstash: { replicas: 2, queue: { size: '4Gi' } } }), templates, live, seen);
    };

    it('fits the queue into the smallest that it takes over, and refuses the size of the spec by name', () => {
      const plan = planOver(claim('queue-logs-ls-0', '2Gi'), claim('queue-logs-ls-1', '1024Mi'));
      expect(plan.refusals).toMatchObject([{ rule: 'QueueResizeRefused', subject: 'StatefulSet/logs-ls' }]);
      expect(plan.refusals[0]?.message).toContain('have 1Gi and the spec asks for 4Gi');
      const text = JSON.stringify(plan.actions);
      expect(text).toContain('768mb');
      expect(text).not.toContain('4Gi');
    });

    it.each([
      ['of a pod that is not wanted', claim('queue-logs-ls-2', '1Gi')],
      ['of somebody else', claim('queue-logs-ls-0', '1Gi', { labels: {} })],
      ['that is being deleted', claim('queue-logs-ls-0', '1Gi', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ])('does not ask a volume %s', (_name, other) => {
      const plan = planOver(other);
      expect(plan.refusals.map(({ rule }) => rule)).not.toContain('QueueResizeRefused');
      expect(JSON.stringify(plan.actions)).toContain('"storage":"4Gi"');
    });
  });
});
