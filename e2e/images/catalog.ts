// Every image that the local cluster runs (but those of the harness itself: pause and probe), and how each is made.
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { fullName } from './recipe.ts';
import type { ImageRecipe } from './recipe.ts';
import { carelessOperator } from './sources/careless.ts';
import { debianMirror, debianPackages, debianRelease, debianRootFiles } from './sources/debian.ts';
import { elasticsearchDistribution, elasticsearchSources, mavenCoordinates } from './sources/elasticsearch.ts';
import type { ElasticsearchSource } from './sources/elasticsearch.ts';
import { goProgram } from './sources/go.ts';
import type { GoProgram } from './sources/go.ts';
import { nodeAndNpm, nodeVersion, npmVersion } from './sources/node.ts';

const images = import.meta.dirname;
const repository = join(images, '..', '..');

const sourceModule = (name: string): string => join(images, 'sources', `${name}.ts`);

const none = { files: [], sources: [], bases: {}, buildArguments: {}, secrets: {} };

const debian: ImageRecipe = {
  ...none,
  name: 'base',
  version: debianRelease,
  dockerfile: join(images, 'base', 'Dockerfile'),
  files: [sourceModule('debian')],
  sources: [debianRelease, debianMirror(), ...debianPackages],
  gather: debianRootFiles,
};

const onDebian = { BASE: debian };

const java: ImageRecipe = {
  ...none,
  name: 'java',
  version: '21',
  dockerfile: join(images, 'java', 'Dockerfile'),
  files: [join(images, 'java')],
  context: join(images, 'java'),
  bases: onDebian,
};

function elasticsearch(source: ElasticsearchSource): ImageRecipe {
  const folder = join(images, 'elasticsearch');
  return {
    ...none,
    name: 'elasticsearch',
    version: source.version,
    dockerfile: join(folder, 'Dockerfile'),
    files: [folder, sourceModule('elasticsearch')],
    sources: [mavenCoordinates(source), source.sha256],
    bases: { BASE: java },
    gather: async (context) => {
      await cp(folder, context, { recursive: true });
      await elasticsearchDistribution(source, context);
    },
  };
}

/** An image of one Go program: its folder's files, and the program. */
function goImage(name: string, version: string, program: Omit<GoProgram, 'output'>): ImageRecipe {
  const folder = join(images, name);
  return {
    ...none,
    name,
    version,
    dockerfile: join(folder, 'Dockerfile'),
    files: [...new Set([folder, program.module, sourceModule('go')])],
    bases: onDebian,
    gather: async (context) => {
      await cp(folder, context, { recursive: true, filter: (path) => !/\.go$|go\.(mod|sum)$/.test(basename(path)) });
      await goProgram({ ...program, output: name }, context);
    },
  };
}

const filebeat = goImage('filebeat', '7.17.29', { module: join(images, 'filebeat'), package: '.' });
const logWriter = goImage('log-writer', '1', { module: join(images, 'log-writer'), package: '.' });

function standIn(name: 'logstash' | 'kibana', version: string): ImageRecipe {
  const program = { module: join(images, 'stand-ins'), package: `./cmd/${name}` };
  return { ...goImage(name, version, program), buildArguments: { VERSION: version } };
}

const node: ImageRecipe = {
  ...none,
  name: 'node',
  version: '24',
  dockerfile: join(images, 'node', 'Dockerfile'),
  files: [sourceModule('node')],
  sources: [nodeVersion, npmVersion],
  bases: onDebian,
  gather: nodeAndNpm,
};

/** What the machine's own npm uses; files that are not there are not given. */
const npmSecrets = {
  npmrc: join(homedir(), '.npmrc'),
  authorities: process.env['NODE_EXTRA_CA_CERTS'] ?? '/etc/ssl/certs/ca-certificates.crt',
};

const operatorFiles = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'config-templates',
  '.dockerignore',
];

const operator: ImageRecipe = {
  ...none,
  name: 'operator',
  version: packageFile.version,
  dockerfile: join(repository, 'Dockerfile'),
  context: repository,
  files: operatorFiles.map((path) => join(repository, path)),
  bases: { BUILD_IMAGE: node, RUNTIME_IMAGE: node },
  secrets: Object.fromEntries(Object.entries(npmSecrets).filter(([, path]) => existsSync(path))),
};

const carelessFolder = join(images, 'operator-careless');

const careless: ImageRecipe = {
  ...none,
  name: 'operator-careless',
  version: packageFile.version,
  dockerfile: join(carelessFolder, 'Dockerfile'),
  files: [sourceModule('careless')],
  bases: { BASE: operator },
  gather: async (context) => {
    await carelessOperator(context);
  },
};

/** All images by the names under which tests and people ask for them. */
export const catalog = {
  base: debian,
  java,
  node,
  'elasticsearch-9.4.3': elasticsearch(elasticsearchSources['9.4.3']),
  'elasticsearch-8.19.8': elasticsearch(elasticsearchSources['8.19.8']),
  filebeat,
  'logstash-9.4.3': standIn('logstash', '9.4.3'),
  'logstash-8.19.8': standIn('logstash', '8.19.8'),
  'kibana-9.4.3': standIn('kibana', '9.4.3'),
  'kibana-8.19.8': standIn('kibana', '8.19.8'),
  'log-writer': logWriter,
  operator,
  'operator-careless': careless,
} as const satisfies Record<string, ImageRecipe>;

export type ImageName = keyof typeof catalog;

/** The full name that pods use, such as `localhost/loggingstack/elasticsearch:9.4.3`. */
export function imageReference(name: ImageName): string {
  return fullName(catalog[name]);
}
