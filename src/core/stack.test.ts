// How a spec and the operator's configuration become a complete stack.
import { describe, expect, it } from 'vitest';
import { exampleStack } from './stack.testing.ts';

const poolNames = (spec: Parameters<typeof exampleStack>[0]): readonly string[] =>
  exampleStack(spec).elasticsearch.pools.map(({ name }) => name);

const resourcesOf = (resources: { requests?: Record<string, string>; limits?: Record<string, string> }) =>
  exampleStack({ kibana: { resources } }).kibana.pod.resources;

describe('the order of pools', () => {
  const warm = { name: 'warm', roles: ['data_warm' as const] };
  const cold = { name: 'cold', roles: ['data_cold' as const] };
  const voting = { name: 'voting', roles: ['master' as const] };

  it('is cold to hot, ingest, masters last', () => {
    expect(poolNames({ elasticsearch: { pools: [voting, warm, cold] } })).toEqual([
      ...['cold', 'warm', 'data', 'ingest'],
      ...['master', 'voting'],
    ]);
  });

  it('has the pool of all roles last, because its nodes are the masters', () => {
    expect(poolNames({ elasticsearch: { topology: 'Combined', pools: [warm] } })).toEqual(['warm', 'combined']);
  });

  it('leaves out pools of no nodes', () => {
    expect(poolNames({ elasticsearch: { ingest: { replicas: 0 } } })).toEqual(['data', 'master']);
  });
});

describe('resources', () => {
  it.each([
    [{}, { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } }],
    [{ requests: { memory: '2Gi' } }, { requests: { cpu: '100m', memory: '2Gi' }, limits: { memory: '2Gi' } }],
    [{ limits: { memory: '2Gi' } }, { requests: { cpu: '100m', memory: '2Gi' }, limits: { memory: '2Gi' } }],
    [
      { requests: { memory: '1Gi' }, limits: { cpu: '50m', memory: '2Gi' } },
      { requests: { cpu: '50m', memory: '1Gi' }, limits: { cpu: '50m', memory: '2Gi' } },
    ],
    [{ limits: { memory: '2048Mi' } }, { requests: { cpu: '100m', memory: '2Gi' }, limits: { memory: '2Gi' } }],
  ])('%j is completed to %j', (given, expected) => {
    expect(resourcesOf(given)).toEqual(expected);
  });
});

it('collects from every namespace only when the configuration lists the namespace of the stack', () => {
  expect(exampleStack({}, { collectEverywhereFrom: ['other'] }).filebeat.collectEverywhere).toBe(false);
  expect(exampleStack({}, { collectEverywhereFrom: ['team'] }).filebeat.collectEverywhere).toBe(true);
});

it('takes the image of a version from its exception, and says which program is in it', () => {
  const exceptions = { '9.4.3': { image: 'filebeat:{version}-local', version: '7.17.29' } };
  const image = (name: string) => ({ default: { image: `example.test/${name}:{version}` } });
  const images = {
    elasticsearch: image('elasticsearch'),
    kibana: image('kibana'),
    logstash: image('logstash'),
    filebeat: { ...image('filebeat'), versions: exceptions },
  };
  const stack = exampleStack({}, { images });
  expect(stack.images.filebeat).toEqual({ image: 'filebeat:9.4.3-local', version: '7.17.29' });
  expect(stack.images.kibana).toEqual({ image: 'example.test/kibana:9.4.3', version: '9.4.3' });
});

describe('how a stack may change', () => {
  it('is one node at a time, not paused, with no rule lifted, and volumes of removed nodes go', () => {
    expect(exampleStack()).toMatchObject({
      elasticsearch: { changeBudget: { maxUnavailable: 1, maxDrains: 1 } },
      volumes: { whenDeleted: 'Retain', whenScaled: 'Delete' },
      paused: false,
      overrides: [],
    });
  });

  it('is as the spec says', () => {
    const overrides = [
      { rule: 'DiskTooSmall', subject: 'Pod/logs-es-data-1', until: '2026-12-01T00:00:00Z', reason: 'r' },
    ];
    const volumes = { whenScaled: 'Retain' as const };
    const stack = exampleStack({ elasticsearch: { changeBudget: { maxDrains: 2 } }, volumes, paused: true, overrides });
    expect(stack).toMatchObject({
      elasticsearch: { changeBudget: { maxUnavailable: 1, maxDrains: 2 } },
      volumes: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      paused: true,
      overrides,
    });
  });
});
