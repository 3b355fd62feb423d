// Tests of the order in which Kibana, Logstash and Filebeat take another version: each row fails without its part of the rule.
import { describe, expect, it } from 'vitest';
import { operatorConfig } from '../api/operator-config.ts';
import { type Follower, type FollowerStates, followerStates, isAheadOf, turnOf, workloadOf } from './followers.ts';
import type { KubeObject } from './kubernetes.ts';
import { annotations, componentLabels, ownerReference } from './names.ts';
import { exampleIdentity } from './stack.testing.ts';

const image = (name: string) => ({ default: { image: `example.test/${name}:{version}` } });
const table = (exceptions: object = {}) =>
  operatorConfig.parse({
    images: {
      elasticsearch: image('elasticsearch'),
      kibana: image('kibana'),
      logstash: image('logstash'),
      filebeat: image('filebeat'),
      ...exceptions,
    },
  });
const usual = table();

const at = (version: string | undefined, complete = true, refused = false) => ({ version, complete, refused });
const allAt = (version: string, other: FollowerStates = {}): FollowerStates => ({
  kibana: at(version),
  logstash: at(version),
  filebeat: at(version),
  ...other,
});

/** Versions of the three, and for what each waits, as Elasticsearch runs `running` and 9.4.3 is asked for. */
function turns(states: FollowerStates, running: string | undefined = '9.4.3', wanted = '9.4.3', config = usual) {
  const turn = (follower: Follower) => turnOf(follower, { wanted, running, states, config });
  return { kibana: turn('kibana'), logstash: turn('logstash'), filebeat: turn('filebeat') };
}
const versions = (...given: Parameters<typeof turns>) => {
  const { kibana, logstash, filebeat } = turns(...given);
  return [kibana.version, logstash.version, filebeat.version].join(' ');
};

describe('a newer version', () => {
  it.each<[string, FollowerStates, string]>([
    ['comes to Kibana first', allAt('9.4.2'), '9.4.3 9.4.2 9.4.2'],
    ['is awaited until every pod has it', allAt('9.4.2', { kibana: at('9.4.3', false) }), '9.4.3 9.4.2 9.4.2'],
    ['comes to Logstash after Kibana', allAt('9.4.2', { kibana: at('9.4.3') }), '9.4.3 9.4.3 9.4.2'],
    [
      'is awaited at Logstash, too',
      { kibana: at('9.4.3'), logstash: at('9.4.3', false), filebeat: at('9.4.2') },
      '9.4.3 9.4.3 9.4.2',
    ],
    ['comes to Filebeat last', allAt('9.4.3', { filebeat: at('9.4.2') }), '9.4.3 9.4.3 9.4.3'],
    [
      'does not pass a Kibana that broke after Logstash had it',
      allAt('9.4.3', { kibana: at('9.4.3', false), filebeat: at('9.4.2') }),
      '9.4.3 9.4.3 9.4.2',
    ],
    [
      'does not pass a Kibana of which nobody said by which version it was made',
      allAt('9.4.2', { kibana: at(undefined) }),
      '9.4.3 9.4.2 9.4.2',
    ],
    ['waits for nobody who is refused', allAt('9.4.2', { kibana: at('9.4.2', false, true) }), '9.4.3 9.4.3 9.4.2'],
    ['waits for nobody who is not there', { logstash: at('9.4.2'), filebeat: at('9.4.2') }, '9.4.3 9.4.3 9.4.2'],
    [
      'waits for Kibana also where there is no Logstash',
      { kibana: at('9.4.2'), filebeat: at('9.4.2') },
      '9.4.3 9.4.3 9.4.2',
    ],
    ['holds up no first creation', { kibana: at('9.4.2', false) }, '9.4.3 9.4.3 9.4.3'],
    [
      'of a workload of which that is unknown is not held up',
      { kibana: at('9.4.2'), logstash: at(undefined), filebeat: at(undefined) },
      '9.4.3 9.4.3 9.4.3',
    ],
  ])('%s', (_name, states, expected) => {
    expect(versions(states)).toBe(expected);
  });

  it('is awaited in words that name the first who has to have it', () => {
    const { kibana, logstash, filebeat } = turns(allAt('9.4.2'));
    expect(kibana.waiting).toBeUndefined();
    expect(logstash.waiting).toBe('It keeps to 9.4.2 and waits for Kibana to run 9.4.3.');
    expect(filebeat.waiting).toBe('It keeps to 9.4.2 and waits for Kibana to run 9.4.3.');
    const later = turns(allAt('9.4.2', { kibana: at('9.4.3') }));
    expect(later.filebeat.waiting).toBe('It keeps to 9.4.2 and waits for Logstash to run 9.4.3.');
  });

  it.each<[string, FollowerStates]>([
    ['Kibana crashes', allAt('9.4.3', { kibana: at('9.4.3', false) })],
    [
      'Kibana and Logstash are being changed otherwise',
      allAt('9.4.3', { kibana: at('9.4.3', false), logstash: at('9.4.3', false) }),
    ],
  ])('is what this is about: without one, nobody waits while %s', (_name, states) => {
    const waits = Object.values(turns(states)).map(({ waiting }) => waiting);
    expect(versions(states)).toBe('9.4.3 9.4.3 9.4.3');
    expect(waits).toEqual([undefined, undefined, undefined]);
  });
});

describe('Elasticsearch goes first', () => {
  const waiting = (...given: Parameters<typeof turns>) => turns(...given).filebeat.waiting;

  it.each<[string, Parameters<typeof turns>, string]>([
    ['nothing runs yet', [{}, undefined], '9.4.3 9.4.3 9.4.3'],
    ['the new one does not run yet', [allAt('9.4.2'), '9.4.2'], '9.4.2 9.4.2 9.4.2'],
    [
      'it is on its way beyond a version that they have not all',
      [allAt('9.4.1', { kibana: at('9.4.2') }), '9.4.2'],
      '9.4.2 9.4.2 9.4.1',
    ],
    ['one is made anew while it is on its way', [{ logstash: at('9.4.2') }, '9.4.2'], '9.4.2 9.4.2 9.4.2'],
  ])('while %s', (_name, given, expected) => {
    expect(versions(...given)).toBe(expected);
  });

  it('and is awaited by name', () => {
    expect(waiting(allAt('9.4.2'), '9.4.2')).toBe('It keeps to 9.4.2 and waits for Elasticsearch to run 9.4.3.');
  });

  it('nobody is newer than it: all go back at once, also past one that does not get ready', () => {
    expect(versions(allAt('9.5.0', { kibana: at('9.5.0', false) }), '9.4.3')).toBe('9.4.3 9.4.3 9.4.3');
    expect(versions(allAt('9.10.0', { kibana: at('9.10.0', false) }), '9.4.3')).toBe('9.4.3 9.4.3 9.4.3');
  });
});

describe('images that hold a program of another version', () => {
  const versionsOf = (program: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(program).map(([version, real]) => [version, { image: 'local', version: real }]));
  const exception = (name: string, program: Readonly<Record<string, string>>) => ({
    [name]: { ...image(name), versions: versionsOf(program) },
  });

  it('of Elasticsearch: the version asked for stands when its program runs', () => {
    const config = table(exception('elasticsearch', { '9.4.3': '7.17.29' }));
    expect(versions(allAt('9.4.3'), '7.17.29', '9.4.3', config)).toBe('9.4.3 9.4.3 9.4.3');
    expect(versions(allAt('9.4.2'), '9.4.2', '9.4.3', config)).toBe('9.4.2 9.4.2 9.4.2');
  });

  it('of Elasticsearch: who was made for the program that runs stays as it is', () => {
    const config = table(exception('elasticsearch', { '9.4.2': '7.17.28', '9.4.3': '7.17.29' }));
    expect(versions(allAt('9.4.2'), '7.17.28', '9.4.3', config)).toBe('9.4.2 9.4.2 9.4.2');
  });

  it('of a follower: whose program stays the same waits for nobody', () => {
    const config = table(exception('filebeat', { '9.4.2': '7.17.29', '9.4.3': '7.17.29' }));
    const { filebeat } = turns(allAt('9.4.2'), '9.4.2', '9.4.3', config);
    expect(filebeat.waiting).toBeUndefined();
    expect(versions(allAt('9.4.2'), '9.4.3', '9.4.3', config)).toBe('9.4.3 9.4.2 9.4.3');
  });

  it('of a follower: who has the program of the new version already is not awaited', () => {
    const config = table(exception('kibana', { '9.4.2': '9.0.0', '9.4.3': '9.0.0' }));
    expect(versions(allAt('9.4.2'), '9.4.3', '9.4.3', config)).toBe('9.4.3 9.4.3 9.4.2');
  });
});

describe('what is seen of followers', () => {
  const reference = workloadOf('kibana', exampleIdentity);
  const done = { observedGeneration: 2, replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
  const kibana = (status: object, metadata: object = {}, replicas = 1): KubeObject => ({
    apiVersion: reference.apiVersion,
    kind: reference.kind,
    metadata: {
      name: reference.name,
      namespace: 'team',
      generation: 2,
      labels: componentLabels(exampleIdentity, 'kibana'),
      annotations: { [annotations.stackVersion]: '9.4.3' },
      ownerReferences: [ownerReference(exampleIdentity)],
      ...metadata,
    },
    spec: { replicas },
    status,
  });
  const seen = (object: KubeObject, conditions: Parameters<typeof followerStates>[2] = []) =>
    followerStates(exampleIdentity, ({ kind }) => (kind === 'Deployment' ? object : undefined), conditions);

  it.each([
    ['all pods of the template ready', kibana(done), true],
    ['a generation that its controller has not seen', kibana({ ...done, observedGeneration: 1 }), false],
    ['an old pod', kibana({ ...done, updatedReplicas: 0 }), false],
    ['a pod that is not ready', kibana({ ...done, readyReplicas: 0 }), false],
    ['no replicas', kibana({ observedGeneration: 2 }, {}, 0), true],
  ])('%s', (_name, object, complete) => {
    expect(seen(object)).toEqual({ kibana: { version: '9.4.3', complete, refused: false } });
  });

  it('is nothing of an object that is not ours', () => {
    expect(seen(kibana(done, { labels: {} }))).toEqual({});
    expect(seen(kibana(done, { ownerReferences: [{ ...ownerReference(exampleIdentity), uid: 'another' }] }))).toEqual(
      {},
    );
  });

  const condition = (type: string, reason: string) => ({ type, reason });
  it.each([
    ['refused by its own condition', [condition('KibanaReady', 'ForeignObject')], true],
    [
      'without a Secret that cannot be made',
      [condition('CredentialsReady', 'SecretLost'), condition('KibanaReady', 'WaitingForSecrets')],
      true,
    ],
    [
      'without a Secret that is being made',
      [condition('CredentialsReady', 'Generating'), condition('KibanaReady', 'WaitingForSecrets')],
      false,
    ],
    [
      'with its Secrets, while that of another is lost',
      [condition('CredentialsReady', 'SecretLost'), condition('KibanaReady', 'RollingOut')],
      false,
    ],
    ['beside another that is refused', [condition('FilebeatReady', 'FilebeatNotAdmitted')], false],
  ])('refused or not: %s', (_name, conditions, refused) => {
    expect(seen(kibana(done), conditions)).toMatchObject({ kibana: { refused } });
  });
});

it('whoever is behind is told of those ahead, and nobody else', () => {
  expect(isAheadOf('kibana', 'filebeat')).toBe(true);
  expect(isAheadOf('filebeat', 'kibana')).toBe(false);
  expect(isAheadOf('kibana', 'kibana')).toBe(false);
  expect(isAheadOf('elasticsearch', 'kibana')).toBe(false);
  expect(isAheadOf('kibana', 'stack')).toBe(false);
});
