// Tests of the rules for pods that are no members: who may be replaced without waiting, and when an error is no permission.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../kubernetes.ts';
import { annotations } from '../../names.ts';
import { mayReplaceAtOnce } from './non-members.ts';
import { contextOf, pod, set } from './rules.testing.ts';

const away = { ready: false, joined: false, outdated: true, abandoned: true } as const;
const masters = (ready: boolean, count = 3) =>
  set(
    'master',
    Array.from({ length: count }, (_, ordinal) => pod(`logs-es-master-${ordinal}`, { ready, joined: ready })),
  );

describe('a pod is replaced without waiting', () => {
  it.each([
    ['it has not joined', {}, { answered: true }, true],
    ['it is coming back on the old template', { abandoned: false }, { answered: true }, false],
    ['it cannot start on the old template', { abandoned: false, stuck: true }, { answered: true }, true],
    ['it serves', { ready: true, joined: true }, { answered: true }, false],
    ['it is a node of the cluster, though not ready', { joined: true }, { answered: true }, false],
    ['it is on its way out', { terminating: true }, { answered: true }, false],
    ['nothing of it runs, and Elasticsearch gives no answer', { stopped: true }, { answered: false }, true],
    ['it runs, and Elasticsearch gives no answer', {}, { answered: false }, false],
  ] as const)('when %s', (_name, facts, cluster, expected) => {
    const one = pod('logs-es-data-1', { ...away, ...facts });
    const context = contextOf([set('data', [one, pod('logs-es-data-0')]), masters(true)], cluster);
    expect(mayReplaceAtOnce(context, one, true)).toBe(expected);
  });

  it.each([
    ['cannot start', { stuck: true }, true],
    ['is starting', {}, false],
  ] as const)('while another is not ready, if it %s', (_name, facts, expected) => {
    const one = pod('logs-es-data-1', { ...away, ...facts });
    const other = pod('logs-es-data-0', { ready: false });
    expect(mayReplaceAtOnce(contextOf([set('data', [one, other]), masters(true)]), one, true)).toBe(expected);
  });

  it.each([
    ['it is starting', {}, false],
    ['it cannot start', { stuck: true }, true],
  ] as const)("before its pool's turn, when %s", (_name, facts, expected) => {
    const one = pod('logs-es-data-1', { ...away, ...facts });
    const context = contextOf([set('data', [one, pod('logs-es-data-0')]), masters(true)]);
    expect(mayReplaceAtOnce(context, one, false)).toBe(expected);
  });

  it('not while another pod of a new template is not ready', () => {
    const one = pod('logs-es-data-0', { ...away, stuck: true });
    const taker = pod('logs-es-data-1', { ready: false, joined: false });
    const context = (rolledOut: boolean) => contextOf([set('data', [taker, one], { rolledOut }), masters(true)]);
    expect(mayReplaceAtOnce(context(false), one, true)).toBe(false);
    expect(mayReplaceAtOnce(context(true), one, true)).toBe(true);
  });

  it('also while one of a pool that the spec no longer has cannot start: nobody else takes its template', () => {
    const one = pod('logs-es-data-0', { ...away, stuck: true });
    const gone = set('warm', [pod('logs-es-warm-0', { ready: false, joined: false })], { rolledOut: false });
    expect(mayReplaceAtOnce(contextOf([set('data', [one]), masters(true), gone]), one, true)).toBe(true);
  });

  it.each([
    ['that runs, of a formed cluster with three masters', {}, 'uuid-1', 3, false],
    ['that runs, of a cluster that never formed', {}, undefined, 3, true],
    ['that runs, and waits for the only master', {}, 'uuid-1', 1, false],
    ['of which nothing runs', { stopped: true }, 'uuid-1', 3, true],
  ] as const)('in a cluster that serves nobody: a pod %s', (_name, facts, formed, count, expected) => {
    const one = pod('logs-es-data-0', { ...away, ...facts });
    const context = contextOf([set('data', [one]), masters(false, count)], { answered: false, formed });
    expect(mayReplaceAtOnce(context, one, true)).toBe(expected);
  });

  it('in a cluster that serves nobody: its only master', () => {
    const one = pod('logs-es-master-0', away);
    const context = contextOf([set('data', [pod('logs-es-data-0', away)]), set('master', [one])], { answered: false });
    expect(mayReplaceAtOnce(context, one, true)).toBe(true);
  });

  it('in a cluster that serves nobody, a second starting pod of a formed cluster waits for the first', () => {
    const one = pod('logs-es-data-0', { ...away, stopped: true });
    const taker = pod('logs-es-data-1', { ready: false, joined: false });
    const data = set('data', [taker, one], { rolledOut: false });
    expect(mayReplaceAtOnce(contextOf([data, masters(false)], { answered: false }), one, true)).toBe(false);
    const stuck = { ...one, stuck: true };
    expect(mayReplaceAtOnce(contextOf([data, masters(false)], { answered: false }), stuck, true)).toBe(true);
  });

  const withImage = <T extends { readonly object: KubeObject }>(one: T, spec: unknown, metadata = {}): T => ({
    ...one,
    object: { ...one.object, metadata: { ...one.object.metadata, ...metadata }, spec },
  });
  const containers = (version: string) => ({ containers: [{ name: 'elasticsearch', image: `es:${version}` }] });

  /** A pod of an old version in a pool that is to have 9.4.3, beside another pod and members of one version. */
  const leftBehind = (old: string, facts: object, version: string, other: object = {}) => {
    const one = withImage(pod('logs-es-data-1', { ...away, abandoned: false, ...facts }), containers(old));
    const data = withImage(
      set('data', [one, pod('logs-es-data-0', other)]),
      { template: { spec: containers('9.4.3') } },
      { annotations: { [annotations.version]: '9.4.3' } },
    );
    return { context: contextOf([data, masters(true)], { version }), one };
  };

  it.each<[string, string, string, boolean]>([
    ['whose version all members have left behind', '8.19.8', '9.4.3', true],
    ['of a version that some members still run', '8.19.8', '8.19.8', false],
    ['of the version that all run', '9.4.3', '9.4.3', false],
  ])('[evicted-early] one that is coming back %s', (_name, old, running, expected) => {
    const { context, one } = leftBehind(old, {}, running);
    expect(mayReplaceAtOnce(context, one, true)).toBe(expected);
  });

  it.each([
    ['is coming back', {}, false],
    ['cannot start', { stuck: true }, true],
  ])('[evicted-early] one that all members have left behind, beside another that is away, if it %s', (...given) => {
    const [, facts, expected] = given;
    const { context, one } = leftBehind('8.19.8', facts, '9.4.3', { ready: false, joined: false });
    expect(mayReplaceAtOnce(context, one, true)).toBe(expected);
  });
});
