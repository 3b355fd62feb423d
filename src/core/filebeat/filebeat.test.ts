// Tests of what Filebeat reads, by version and by namespace, of what its pods may do, and of the binding of its role.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadTemplates } from '../../templates.ts';
import type { KubeObject } from '../kubernetes.ts';
import { restrictedViolations } from '../pod-security.testing.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { liveSecrets, podTemplateOf } from '../workloads.testing.ts';
import { filebeatYml } from './config.ts';
import { clusterBinding, desiredFilebeat, registryFolder } from './desired.ts';
import { forgetClusterBinding, planClusterBinding, planFilebeat } from './plan.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

const everywhere = { collectEverywhereFrom: ['team'] };
const withVersion = (version: string) => {
  const stack = exampleStack();
  return { ...stack, images: { ...stack.images, filebeat: { image: 'filebeat', version } } };
};

interface Input {
  readonly id: string;
  readonly paths: readonly string[];
  readonly 'prospector.scanner': { readonly exclude_files: readonly string[]; readonly [field: string]: unknown };
  readonly processors: readonly Record<string, Record<string, unknown>>[];
  readonly [field: string]: unknown;
}
const settingsOf = (stack = exampleStack()) => parse(filebeatYml(stack, templates)) as Record<string, unknown>;
const inputOf = (stack = exampleStack()): Input => {
  const [input] = settingsOf(stack)['filebeat.inputs'] as readonly Input[];
  if (input === undefined) throw new Error('no input');
  return input;
};
/** Whether a path of the node is excluded by the rendered regular expressions. */
const excluded = (path: string, stack = exampleStack()): boolean =>
  inputOf(stack)['prospector.scanner'].exclude_files.some((pattern) => new RegExp(pattern).test(path));
const fileOf = (pod: string, namespace = 'team') => `/var/log/pods/${namespace}_${pod}_0f6c1a70-1111/app/0.log`;

describe('what is read', () => {
  it("is the stack's own namespace, and all only where the operator's configuration says so", () => {
    expect(inputOf().paths).toEqual(['/var/log/pods/team_*/*/*.log*']);
    expect(inputOf(exampleStack({}, everywhere)).paths).toEqual(['/var/log/pods/*/*/*.log*']);
  });

  it('includes files that were rotated, and not those that were compressed after that', () => {
    expect(excluded(`${fileOf('web-1')}.20261122-173800`)).toBe(false);
    expect(excluded(`${fileOf('web-1')}.20261122-173800.gz`)).toBe(true);
    expect(excluded(`${fileOf('web-1')}.20261122-173800.tmp`)).toBe(true);
    expect(inputOf()['close.on_state_change']).toMatchObject({ removed: false });
  });

  it('is never left to the parser that loses the first piece of a line that was cut at a rotation', () => {
    expect(JSON.stringify(inputOf()['parsers'])).not.toContain('container');
    expect(inputOf()['parsers']).toMatchObject([{ multiline: { match: 'before', timeout: '5s' } }]);
  });

  it.each(['logs-es-data-0', 'logs-es-warm-a-12', 'logs-kb-7d9f8b6c5-x2x4z', 'logs-ls-0', 'logs-fb-abcde'])(
    "leaves out the stack's own pod %s",
    (pod) => {
      expect(excluded(fileOf(pod))).toBe(true);
      expect(excluded(fileOf(pod, 'other'), exampleStack({}, everywhere))).toBe(false);
    },
  );

  it.each(['web-1', 'logs-writer', 'logs', 'logs-es', 'other-es-data-0', 'mylogs-ls-0'])('has the pod %s', (pod) => {
    expect(excluded(fileOf(pod))).toBe(false);
  });

  it('leaves out excluded namespaces, by their whole name', () => {
    const stack = exampleStack({ filebeat: { namespaces: { exclude: ['kube-system', 'noise'] } } }, everywhere);
    expect(excluded(fileOf('coredns', 'kube-system'), stack)).toBe(true);
    expect(excluded(fileOf('x', 'noise'), stack)).toBe(true);
    expect(excluded(fileOf('x', 'noise-2'), stack)).toBe(false);
  });

  it('follows no symbolic link, and keeps its registry under a name that never changes', () => {
    expect(inputOf()['prospector.scanner']['symlinks']).toBe(false);
    expect(inputOf().id).toBe('kubernetes-container-logs');
  });
});

describe('by version', () => {
  it.each(['7.17.12', '7.17.29', '8.10.0', '8.19.8', '9.4.3', '9.5.0'])(
    '%s tells files by how they begin',
    (version) => {
      expect(inputOf(withVersion(version))['file_identity']).toEqual({ fingerprint: null });
      expect(inputOf(withVersion(version))['prospector.scanner']).toMatchObject({
        fingerprint: { enabled: true, offset: 0, length: 64 },
      });
    },
  );

  it.each(['7.17.11', '8.0.0', '8.9.2'])('%s does not know that, and uses the inode', (version) => {
    expect(inputOf(withVersion(version))['file_identity']).toEqual({ native: null });
    expect(inputOf(withVersion(version))['prospector.scanner']).not.toHaveProperty('fingerprint');
  });

  it('adds labels of pods from 8.0 on, of its own namespace only, and from Pods alone', () => {
    const [first] = inputOf(withVersion('9.4.3')).processors;
    expect(first?.['add_kubernetes_metadata']).toMatchObject({
      namespace: 'team',
      add_resource_metadata: { node: { enabled: false }, namespace: { enabled: false } },
    });
    const all = inputOf(exampleStack({}, everywhere)).processors[0];
    expect(all?.['add_kubernetes_metadata']).not.toHaveProperty('namespace');
    expect(JSON.stringify(inputOf(withVersion('7.17.29')).processors)).not.toContain('add_kubernetes_metadata');
  });
});

describe('the way to Logstash', () => {
  it('goes by a Service and looks for other pods every minute, so that scaling Logstash changes nothing here', () => {
    const output = settingsOf()['output.logstash'];
    expect(output).toMatchObject({ hosts: ['logs-ls-beats.team.svc:5044'], ttl: '60s', pipelining: 0 });
    expect(output).toMatchObject({ ssl: { verification_mode: 'full', enabled: true } });
    expect(filebeatYml(exampleStack({ logstash: { replicas: 5 } }), templates)).toBe(
      filebeatYml(exampleStack(), templates),
    );
  });
});

describe('the DaemonSet', () => {
  const daemonSet = () => {
    const found = desiredFilebeat(exampleStack(), templates, 'secrets').find(({ kind }) => kind === 'DaemonSet');
    if (found === undefined) throw new Error('no DaemonSet');
    return podTemplateOf(found).spec;
  };

  it('breaks restricted Pod Security by two things only: it reads files of the node, as root', () => {
    expect(restrictedViolations(daemonSet())).toEqual([
      'volume data',
      'volume pod-logs',
      'filebeat: runAsNonRoot',
      'filebeat: runAsUser',
    ]);
  });

  it('can write to its own registry only', () => {
    const mounts = daemonSet().containers[0]?.['volumeMounts'] as readonly { name: string; readOnly?: boolean }[];
    expect(mounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name)).toEqual(['data', 'logs']);
  });

  it('has a registry of its own for each namespace, name and UID', () => {
    const folder = (change: Partial<typeof exampleIdentity & Record<string, unknown>>) => {
      const stack = exampleStack();
      return registryFolder({ ...stack, identity: { ...stack.identity, ...(change as object) } });
    };
    expect(folder({})).toBe('/var/lib/loggingstack/filebeat/team-logs-uid-1');
    expect(
      new Set([{}, { namespace: 'b' }, { name: 'b' }, { uid: 'b' }].map((one) => folder(one as object))).size,
    ).toBe(4);
  });
});

describe('planFilebeat', () => {
  const secrets = liveSecrets(['logs-fb-certs', 'logs-ls-certs']);
  const namespace = (level: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team', labels: { 'pod-security.kubernetes.io/enforce': level } },
  });

  it.each(['restricted', 'baseline'])('says that a namespace of level %s does not admit its pods', (level) => {
    const live = (reference: Parameters<typeof secrets>[0]) =>
      reference.kind === 'Namespace' ? namespace(level) : secrets(reference);
    expect(planFilebeat(exampleStack(), templates, live).refusals).toMatchObject([
      { rule: 'FilebeatNotAdmitted', subject: 'Namespace/team' },
    ]);
  });

  it('has nothing to say of other namespaces', () => {
    const live = (reference: Parameters<typeof secrets>[0]) =>
      reference.kind === 'Namespace' ? namespace('privileged') : secrets(reference);
    expect(planFilebeat(exampleStack(), templates, live).refusals).toEqual([]);
    expect(planFilebeat(exampleStack(), templates, secrets).refusals).toEqual([]);
  });

  it('waits for certificates of both ends', () => {
    expect(planFilebeat(exampleStack(), templates, liveSecrets([])).missingSecrets).toEqual([
      'logs-fb-certs',
      'logs-ls-certs',
    ]);
  });

  it("binds the shipped role in its own namespace, and takes that back when it has the cluster's", () => {
    const [own] = desiredFilebeat(exampleStack(), templates, '').filter(({ kind }) => kind === 'RoleBinding');
    expect(own).toMatchObject({
      metadata: { namespace: 'team' },
      roleRef: { kind: 'ClusterRole', name: 'loggingstack-filebeat' },
      subjects: [{ kind: 'ServiceAccount', name: 'logs-fb', namespace: 'team' }],
    });
    const live = (reference: Parameters<typeof secrets>[0]) =>
      reference.kind === 'RoleBinding' ? own : secrets(reference);
    const plan = planFilebeat(exampleStack({}, everywhere), templates, live);
    expect(plan.actions).toContainEqual(expect.objectContaining({ kind: 'delete' }));
    expect(JSON.stringify(plan.actions)).not.toContain('"roleRef"');
  });
});

describe('the binding for all namespaces', () => {
  const stack = exampleStack({}, everywhere);
  const desired = clusterBinding(stack);
  const binding: KubeObject = { ...desired, metadata: { ...desired.metadata, uid: 'u', resourceVersion: '3' } };
  const foreign: KubeObject = { ...binding, metadata: { ...binding.metadata, labels: {} } };

  it('is made for a stack whose namespace is on the list, and for no other', () => {
    expect(planClusterBinding(stack, () => undefined).actions).toMatchObject([
      { kind: 'create', object: { metadata: { name: 'loggingstack-filebeat:team:logs' } } },
    ]);
    expect(planClusterBinding(exampleStack(), () => undefined)).toEqual({ actions: [], refusals: [] });
  });

  it('is taken away when the namespace leaves the list, and when the stack is gone', () => {
    const removal = [{ kind: 'delete', uid: 'u', resourceVersion: '3' }];
    expect(planClusterBinding(exampleStack(), () => binding).actions).toMatchObject(removal);
    expect(forgetClusterBinding(exampleIdentity, () => binding)).toMatchObject(removal);
    expect(forgetClusterBinding(exampleIdentity, () => undefined)).toEqual([]);
  });

  it('is left alone when it is not ours', () => {
    expect(planClusterBinding(stack, () => foreign)).toMatchObject({
      actions: [],
      refusals: [{ rule: 'ForeignObject' }],
    });
    expect(planClusterBinding(exampleStack(), () => foreign).actions).toEqual([]);
    expect(forgetClusterBinding(exampleIdentity, () => foreign)).toEqual([]);
  });
});
