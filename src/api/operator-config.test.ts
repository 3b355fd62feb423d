// The operator's configuration: what may be left out, and how a mistake is named.
import { describe, expect, it } from 'vitest';
import { operatorConfig } from './operator-config.ts';

const image = (name: string) => ({ default: { image: `registry.example.com/${name}:{version}` } });
const images = {
  elasticsearch: image('elasticsearch'),
  kibana: image('kibana'),
  logstash: image('logstash'),
  filebeat: { ...image('filebeat'), versions: { '9.4.3': { image: 'filebeat:old', version: '7.17.29' } } },
};

const issuesOf = (config: unknown): readonly string[] =>
  (operatorConfig.safeParse(config).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('operatorConfig', () => {
  it('needs images only; the rest has careful defaults', () => {
    expect(operatorConfig.parse({ images })).toEqual({
      logLevel: 'info',
      collectEverywhereFrom: [],
      allowMemoryMap: true,
      images,
    });
  });

  it('names the component that has no image', () => {
    const { kibana, ...rest } = images;
    expect(kibana).toBeDefined();
    expect(issuesOf({ images: rest })).toEqual([expect.stringMatching(/^images\.kibana: /)]);
  });

  it.each([
    { images, watchNamespaces: ['team'] },
    { images, watchNamespaces: ['team'], collectEverywhereFrom: [] },
    { images, collectEverywhereFrom: ['team'] },
  ])('takes one of collectEverywhereFrom and watchNamespaces: %j', (config) => {
    expect(issuesOf(config)).toEqual([]);
  });

  it.each([
    ['a misspelled field', { images, collectEverywhere: ['logging'] }, /collectEverywhere/],
    ['a level of logging that is none', { images, logLevel: 'verbose' }, /^logLevel: .*"debug"/],
    ['an empty list of namespaces', { images, watchNamespaces: [] }, /^watchNamespaces: /],
    [
      'a version that is none',
      { images: { ...images, kibana: { default: { image: 'kibana', version: 'latest' } } } },
      /^images\.kibana\.default\.version: /,
    ],
    [
      'an empty image',
      { images: { ...images, kibana: { default: { image: '' } } } },
      /^images\.kibana\.default\.image: /,
    ],
    [
      'collecting from all namespaces while only some are watched',
      { images, watchNamespaces: ['team'], collectEverywhereFrom: ['team'] },
      /^collectEverywhereFrom: .*watchNamespaces/,
    ],
  ])('refuses %s by name', (_, config, expected) => {
    expect(issuesOf(config)).toEqual([expect.stringMatching(expected)]);
  });
});
