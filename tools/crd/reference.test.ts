// The reference: every field with meaning and example, and defaults that are those that the operator really resolves.
import { describe, expect, it } from 'vitest';
import { exampleStack } from '../../src/core/stack.testing.ts';
import { loggingStackFields, stackPlanFields } from './fields.ts';
import { planReference, reference } from './reference.ts';
import { snapshotReferences } from './snapshot-references.ts';

const fields = loggingStackFields();
const text = reference('Generated.');

const documented = (path: string): unknown => {
  const field = fields.find((one) => one.path === path);
  if (field === undefined) throw new Error(`${path} is not documented`);
  return field.schema.resolvedDefault ?? field.schema.default;
};

const pages = [
  { page: 'docs/reference.md', text, fields, least: 150 },
  {
    page: 'docs/reference-stackplan.md',
    text: planReference('Generated.'),
    fields: stackPlanFields(),
    least: 20,
  },
  ...snapshotReferences('Generated.').map(({ path: page, text, fields }) => ({
    page,
    text: text(),
    fields,
    least: 30,
  })),
];

describe.each(pages)('$page', ({ text, fields, least }) => {
  it('has a row for every field', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const below = fields.filter(({ path }) => path.includes('.'));
    expect(below.length).toBeGreaterThan(least);
    expect(rows.length).toBe(below.length);
  });

  it('says of every field what it means, and shows an example of every value', () => {
    const plain = fields.filter(
      ({ schema }) => schema.type !== 'object' || typeof schema.additionalProperties === 'object',
    );
    const without = plain.filter(
      ({ schema }) =>
        schema.description === undefined || (schema.example === undefined && schema.items?.type !== 'object'),
    );
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('links only to headings that are there', () => {
    const anchors = text
      .split('\n')
      .filter((line) => line.startsWith('## '))
      .map((line) =>
        line
          .slice(3)
          .toLowerCase()
          .replaceAll(/[^a-z0-9 _-]/g, ''),
      );
    const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(anchors).toContain(link);
  });
});

describe('docs/reference.md', () => {
  it('says of every optional field of the spec what happens without it', () => {
    const needsDefault = [
      'replicas',
      'size',
      'className',
      'topology',
      'redundancy',
      'maxAge',
      'whenDeleted',
      'whenScaled',
      'maxUnavailable',
      'maxDrains',
      'paused',
      'exclude',
    ];
    const silent = fields.filter(
      ({ path, required }) =>
        path.startsWith('spec.') &&
        !required &&
        needsDefault.includes(path.split('.').at(-1) ?? '') &&
        documented(path) === undefined,
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('tells of the annotations that ask for an action', () => {
    expect(text).toContain('`loggingstack.dev/roll`');
    expect(text).toContain('`loggingstack.dev/replace-node`');
  });
});

describe.each(snapshotReferences('Generated.'))('$path', ({ fields }) => {
  it('says of every optional value of the spec what happens without it, unless a type asks for it', () => {
    const silent = fields.filter(
      ({ path, required, schema }) =>
        path.startsWith('spec.') && !required && schema.type !== 'object' && schema.resolvedDefault === undefined,
    );
    expect(silent.map(({ path }) => path).filter((path) => path !== 'spec.source.snapshotName')).toEqual([]);
  });
});

describe('documented defaults', () => {
  const stack = exampleStack();
  const podDefault = ({ requests, limits }: (typeof stack.kibana.pod)['resources']): string =>
    `requests of cpu ${requests.cpu} and memory ${requests.memory}, limit of memory ${limits.memory}`;

  it.each(stack.elasticsearch.pools)(
    'of the pool $name are those that the operator resolves',
    ({ name, replicas, storage, pod }) => {
      const at = `spec.elasticsearch.${name}`;
      expect(documented(`${at}.replicas`)).toBe(replicas);
      expect(documented(`${at}.storage.size`)).toBe(storage.size);
      expect(documented(`${at}.resources`)).toBe(podDefault(pod.resources));
    },
  );

  it('of a further pool are those that the operator resolves', () => {
    const further = exampleStack({ elasticsearch: { pools: [{ name: 'warm', roles: ['data_warm'] }] } });
    const warm = further.elasticsearch.pools.find(({ name }) => name === 'warm');
    const at = 'spec.elasticsearch.pools[]';
    expect(documented(`${at}.replicas`)).toBe(warm?.replicas);
    expect(documented(`${at}.storage.size`)).toBe(warm?.storage.size);
    expect(documented(`${at}.resources`)).toBe(podDefault(warm?.pod.resources ?? stack.kibana.pod.resources));
  });

  it('of the components are those that the operator resolves', () => {
    expect(documented('spec.kibana.replicas')).toBe(stack.kibana.replicas);
    expect(documented('spec.kibana.resources')).toBe(podDefault(stack.kibana.pod.resources));
    expect(documented('spec.logstash.replicas')).toBe(stack.logstash.replicas);
    expect(documented('spec.logstash.resources')).toBe(podDefault(stack.logstash.pod.resources));
    expect(documented('spec.logstash.queue.size')).toBe(stack.logstash.queueSize);
    expect(documented('spec.retention.default.maxAge')).toBe(stack.retention.maxAge);
    expect(documented('spec.volumes.whenDeleted')).toBe(stack.volumes.whenDeleted);
    expect(documented('spec.volumes.whenScaled')).toBe(stack.volumes.whenScaled);
    expect(documented('spec.paused')).toBe(String(stack.paused));
    const budget = 'spec.elasticsearch.changeBudget';
    expect(documented(`${budget}.maxUnavailable`)).toBe(stack.elasticsearch.changeBudget.maxUnavailable);
    expect(documented(`${budget}.maxDrains`)).toBe(stack.elasticsearch.changeBudget.maxDrains);
    expect(documented('spec.elasticsearch.topology')).toBe(stack.elasticsearch.topology);
    expect(documented('spec.elasticsearch.redundancy')).toBe(stack.elasticsearch.redundancy);
    expect(stack.filebeat.excludedNamespaces).toEqual([]);
  });
});
