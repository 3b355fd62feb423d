// Tests of what Elasticsearch's pods have for StackRepositories: where they are mounted, what restarts a pod and what does not, and what the step that makes the keystore does with a stand-in for Elasticsearch's tool.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { LoggingStackSpec } from '../../../api/logging-stack.ts';
import { canonicalJson } from '../../objects.ts';
import { restrictedViolations } from '../../pod-security.testing.ts';
import { noRequests } from '../../requests.ts';
import type { StackRepositoryUse } from '../../snapshots/repositories.ts';
import type { ResolvedStack } from '../../stack.ts';
import { exampleStack } from '../../stack.testing.ts';
import { templates } from '../plan.testing.ts';
import { desiredPoolConfig, desiredStatefulSet } from './index.ts';
import { keystoreScript } from './repositories.ts';

const files: StackRepositoryUse = {
  name: 'files',
  claim: 'log.backups',
  settings: {},
  credentials: undefined,
  fingerprint: 'f1',
};
const bucket: StackRepositoryUse = {
  name: 'bucket',
  claim: undefined,
  settings: { 's3.client.bucket.region': 'eu-central-1' },
  credentials: 'logs-es-repository-bucket',
  fingerprint: 'b1',
};

const stackWith = (repositories: readonly StackRepositoryUse[], spec: Partial<LoggingStackSpec> = {}) =>
  exampleStack(spec, {}, noRequests, repositories);

interface Template {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly volumeMounts: readonly object[]; readonly resources: object }[];
    readonly initContainers: readonly { readonly name: string; readonly resources: object }[];
    readonly volumes: readonly { readonly name: string }[];
  };
}

function rendered(stack: ResolvedStack, name: string): { template: Template; settings: Record<string, unknown> } {
  const pool = stack.elasticsearch.pools.find((one) => one.name === name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  const { spec } = desiredStatefulSet(stack, pool, { partition: 0 }, templates) as unknown as {
    spec: { template: Template };
  };
  const config = desiredPoolConfig(stack, pool, { initialMasterNodes: undefined }, templates);
  const { 'elasticsearch.yml': text = '' } = config['data'] as Record<string, string>;
  return { template: spec.template, settings: parse(text) as Record<string, unknown> };
}

describe('pods of masters and data nodes', () => {
  it.each(['master', 'data'])('of %s mount each claim once, and may have repositories there', (pool) => {
    const { template, settings } = rendered(stackWith([files, { ...files, name: 'more' }]), pool);
    const mountPath = '/usr/share/elasticsearch/snapshots/log.backups';
    const [volume, ...others] = template.spec.volumes.filter(({ name }) => name.startsWith('snapshots-'));
    expect(others).toEqual([]);
    expect(volume).toMatchObject({ persistentVolumeClaim: { claimName: 'log.backups' } });
    expect(volume?.name).toMatch(/^[a-z0-9-]{1,63}$/);
    expect(template.spec.containers[0]?.volumeMounts).toContainEqual({ name: volume?.name, mountPath });
    expect(settings['path.repo']).toEqual([mountPath]);
    expect(template.spec.initContainers.map(({ name }) => name)).toEqual(['prepare-config']);
  });

  it('have the settings of clients, which hold against those of users, and users may add others', () => {
    const config = { 's3.client.bucket.region': 'nowhere', 's3.client.bucket.max_retries': '9' };
    const { settings } = rendered(stackWith([bucket], { elasticsearch: { config } }), 'data');
    expect(settings).toMatchObject({ 's3.client.bucket.region': 'eu-central-1', 's3.client.bucket.max_retries': '9' });
    expect(settings).not.toHaveProperty('path.repo');
  });

  it('make a keystore where there are credentials, with no more resources than Elasticsearch itself has', () => {
    const { spec } = rendered(stackWith([bucket, files]), 'data').template;
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['prepare-config', 'make-keystore']);
    expect(spec.initContainers[1]?.resources).toEqual(spec.containers[0]?.resources);
    expect(spec.volumes.find(({ name }) => name === 'repository-credentials')).toMatchObject({
      projected: { sources: [{ secret: { name: 'logs-es-repository-bucket', optional: true } }] },
    });
  });

  it.each(['master', 'data'])('of %s run under restricted Pod Security', (pool) => {
    expect(restrictedViolations(rendered(stackWith([bucket, files]), pool).template.spec)).toEqual([]);
  });

  it('have nothing that the API server would drop, and volumes of different names', () => {
    const { template } = rendered(stackWith([bucket, files]), 'data');
    const text = JSON.stringify(template, (_key, value: unknown) =>
      value === undefined || (Array.isArray(value) && value.length === 0) ? '<<dropped>>' : value,
    );
    expect(text).not.toContain('<<dropped>>');
    const names = template.spec.volumes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('say with what they were made: another fingerprint is another template', () => {
    const text = (uses: readonly StackRepositoryUse[]) => canonicalJson(rendered(stackWith(uses), 'data').template);
    expect(rendered(stackWith([bucket, files]), 'data').template.metadata.annotations).toMatchObject({
      'loggingstack.dev/repositories': 'bucket=b1,files=f1',
    });
    expect(text([{ ...bucket, fingerprint: 'b2' }])).not.toBe(text([bucket]));
  });
});

it('[operator-upgrade-rolls] pods of other nodes, and of a stack without StackRepositories, have none of it', () => {
  const before = canonicalJson(rendered(exampleStack(), 'ingest'));
  expect(canonicalJson(rendered(stackWith([bucket, files]), 'ingest'))).toBe(before);
  for (const pool of ['master', 'data', 'ingest']) {
    const text = canonicalJson(rendered(exampleStack(), pool));
    expect(text).not.toMatch(/snapshots|keystore|repositor|path[.]repo/);
  }
});

describe('the step that makes the keystore', () => {
  /** Runs it in a folder of its own, with a tool that writes down what it is called with; returns that. */
  function made(credentials: Readonly<Record<string, string>>, tool = 'true'): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), 'keystore-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const [home, mounted] = [join(folder, 'home'), join(folder, 'credentials')];
    for (const one of [home, join(home, 'bin'), join(home, 'config'), mounted]) mkdirSync(one);
    for (const [name, value] of Object.entries(credentials)) writeFileSync(join(mounted, name), value);
    writeFileSync(join(home, 'config', 'elasticsearch.keystore'), 'of the run before');
    const path = join(home, 'bin', 'elasticsearch-keystore');
    const log = join(folder, 'log');
    const kept = `[ ! -e "${home}/config/elasticsearch.keystore" ] || echo "keystore is there" >> "${log}"`;
    writeFileSync(
      path,
      [
        '#!/bin/sh',
        'set -e',
        kept,
        `echo "$@" >> "${log}"`,
        `case "$*" in *stdin*) cat >> "${log}" ;; esac`,
        tool,
      ].join('\n'),
    );
    chmodSync(path, 0o755);
    const script = keystoreScript
      .replaceAll('/usr/share/elasticsearch', home)
      .replaceAll('/repository-credentials', mounted);
    execFileSync('sh', ['-c', script], { stdio: 'pipe' });
    return existsSync(log) ? readFileSync(log, 'utf8').replaceAll(mounted, '<mounted>').trim().split('\n') : [];
  }

  it('puts files and values under the names of their settings, and no value into an argument', () => {
    const lines = made({
      'gcs.client.b.credentials_file': '{"a": 1}',
      's3.client.a.access_key': 'access 1',
      's3.client.a.secret_key': '$(x) `y` "z"',
    });
    expect(lines).toEqual([
      'create',
      'add-file gcs.client.b.credentials_file <mounted>/gcs.client.b.credentials_file',
      'add --stdin s3.client.a.access_key s3.client.a.secret_key',
      'access 1',
      '$(x) `y` "z"',
    ]);
  });

  it('makes an empty one when there are none any more, and one with files or values alone', () => {
    expect(made({})).toEqual(['create']);
    expect(made({ 'gcs.client.b.credentials_file': '{}' })).toHaveLength(2);
    expect(made({ 's3.client.a.access_key': 'x' })).toEqual(['create', 'add --stdin s3.client.a.access_key', 'x']);
  });

  it('fails with the tool: a node never starts with half of its credentials', () => {
    expect(() => made({ 's3.client.a.access_key': 'x' }, 'case "$*" in add*) exit 1 ;; esac')).toThrow();
  });
});
