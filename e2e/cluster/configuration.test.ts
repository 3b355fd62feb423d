// What the harness computes before it touches anything: names, addresses, versions, flags, configuration.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kubernetesVersion, linkerFlags } from './binaries.ts';
import { cgroupOf, hierarchies } from './cgroups.ts';
import { apiServerProgram, flags } from './control-plane.ts';
import { layoutOf, loopbackAddress } from './layout.ts';
import { kubeletConfiguration } from './node-programs.ts';
import { isGoNewEnough, packagesOf } from './preflight.ts';
import { differences } from './traces.ts';
import { readyNodes } from './up.ts';

test('a cluster name that cannot be a directory, a control group or a label is refused', () => {
  for (const name of ['', 'A', 'a_b', '-a', 'a-', '../x', 'a'.repeat(41)]) {
    expect(() => layoutOf(name, 'node', '/state')).toThrow('allowed are');
  }
  expect(layoutOf('a-1', 'node', '/state').directory).toBe('/state/a-1');
});

test('control planes have loopback addresses of their own, never the usual one', () => {
  const addresses = Array.from({ length: 200 }, (_, index) => loopbackAddress(`/state/cluster-${index}`));
  expect(new Set(addresses).size).toBe(200);
  for (const address of addresses)
    expect(address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d{1,3}\.([1-9]\d{0,2})$/);
});

test('the version comes from go.mod and reaches the linker', async () => {
  const version = kubernetesVersion(await readFile(join(import.meta.dirname, 'binaries', 'go.mod'), 'utf8'));
  const [, minor = ''] = version.split('.');
  expect(linkerFlags(version)).toContain(`-X k8s.io/component-base/version.gitVersion=${version}`);
  expect(linkerFlags(version)).toContain(`gitMinor=${minor}`);
  expect(() => kubernetesVersion('require k8s.io/api v0.34.4')).toThrow('does not require k8s.io/kubernetes');
});

test('flags from data', () => {
  expect(flags({ name: 'x', count: 2, on: true })).toEqual(['--name=x', '--count=2', '--on=true']);
});

test('the API server publishes its address only where pods can reach it, and audits in both modes', () => {
  const node = apiServerProgram(layoutOf('n', 'node', '/state'), '/bin').args;
  const plane = apiServerProgram(layoutOf('p', 'control-plane-only', '/state'), '/bin').args;
  expect(node).toContain('--endpoint-reconciler-type=lease');
  expect(plane).toContain('--endpoint-reconciler-type=none');
  for (const [args, name] of [
    [node, 'n'],
    [plane, 'p'],
  ] as const) {
    expect(args).toContain(`--audit-log-path=/state/${name}/log/audit.jsonl`);
    expect(args).toContain('--authorization-mode=Node,RBAC');
  }
});

test('the kubelet keeps to the control group of its cluster and rotates logs as told', () => {
  const layout = layoutOf('n', 'node', '/state');
  expect(kubeletConfiguration(layout, { maxSize: '2Mi', maxFiles: 3 })).toMatchObject({
    cgroupRoot: cgroupOf('n'),
    containerLogMaxSize: '2Mi',
    containerLogMaxFiles: 3,
  });
});

test('control group hierarchies of both versions are found', () => {
  const mountinfo = [
    '30 25 0:26 / /sys/fs/cgroup rw shared:9 - tmpfs tmpfs rw',
    '31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
    '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ];
  expect(hierarchies(mountinfo.join('\n'))).toEqual([
    { path: '/sys/fs/cgroup/cpu', version: 1 },
    { path: '/sys/fs/cgroup/memory', version: 1 },
    { path: '/sys/fs/cgroup/unified', version: 2 },
  ]);
  expect(hierarchies('25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup rw')).toEqual([
    { path: '/sys/fs/cgroup', version: 2 },
  ]);
});

test('a Go that is too old is told from one that builds our programs', () => {
  expect(isGoNewEnough('go version go1.19.8 linux/amd64')).toBe(false);
  expect(isGoNewEnough('go version go1.24.0 linux/amd64')).toBe(true);
  expect(isGoNewEnough('go version go2.1 linux/amd64')).toBe(true);
  expect(isGoNewEnough('')).toBe(false);
});

test('packages are named once', () => {
  const needed = (name: string) => ({ program: name, package: name, usedFor: 'test' });
  expect(packagesOf([needed('mount'), needed('iproute2'), needed('mount')])).toEqual(['iproute2', 'mount']);
});

test('a node counts when it is Ready and takes pods', () => {
  const ready = { type: 'Ready', status: 'True' };
  const nodes = [
    { spec: {}, status: { conditions: [ready] } },
    { spec: { taints: [{}] }, status: { conditions: [ready] } },
    { spec: {}, status: { conditions: [{ type: 'Ready', status: 'False' }] } },
    { spec: {}, status: {} },
  ];
  expect(readyNodes({ items: nodes })).toBe(1);
});

test('traces name what was added and what went away', () => {
  expect(differences({ '/run': ['a', 'b'], interfaces: ['lo'] }, { '/run': ['b', 'c'], interfaces: ['lo'] })).toEqual([
    '/run: + c',
    '/run: - a',
  ]);
});
