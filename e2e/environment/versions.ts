// Asks the programs of a stack themselves which version they are: proof of what really ran, whatever its image is called.
import { Agent, request } from 'undici';
import { labels } from '../../src/core/names.ts';
import type { ComponentName, OperatorConfig } from '../../src/api/operator-config.ts';
import { parse } from 'yaml';
import { elasticsearchAccess, openElasticsearch } from './elasticsearch.ts';
import { askLogstash } from './logstash.ts';
import { reach } from './reach.ts';
import type { Site } from './site.ts';
import type { Place } from './stacks.ts';

export interface ProgramAnswer {
  readonly stack: string;
  readonly component: ComponentName;
  /** What the operator believes to run. */
  readonly expected: string;
  /** What the program said, or why it said nothing. */
  readonly answered: string;
  /** What it said of its build: the flavor or the commit; empty when nothing. */
  readonly build: string;
  /** Image and digest, as the container runtime reports them. */
  readonly image: string;
}

interface Answer {
  readonly version: string;
  readonly build: string;
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly containerStatuses?: readonly { readonly image: string; readonly imageID: string }[] };
  }[];
}

const podsOf = (site: Site, { namespace, name }: Place, component: string): Promise<Pods> =>
  site.run.json<Pods>([
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    `${labels.stack}=${name},${labels.component}=${component}`,
  ]);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

async function elasticsearchAnswer(site: Site, { namespace, name }: Place): Promise<Answer> {
  await using elasticsearch = await openElasticsearch(site, namespace, name);
  const { body } = await elasticsearch.ask('GET', '/');
  const { version } = body as { version: Record<string, unknown> };
  return { version: text(version['number']), build: `${text(version['build_type'])} ${text(version['build_hash'])}` };
}

async function kibanaAnswer(site: Site, { namespace, name }: Place): Promise<Answer> {
  const { authority, username, password } = await elasticsearchAccess(site.run, namespace, name);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  await using way = reach(site, namespace, `service/${name}-kb-http`, 5601);
  const { host, port } = await way.address();
  const dispatcher = new Agent({ connect: { ca: authority, servername: `${name}-kb-http.${namespace}.svc` } });
  try {
    const { body } = await request(`https://${host}:${port}/api/status`, { dispatcher, headers: { authorization } });
    const { version } = (await body.json()) as { version: Record<string, unknown> };
    const build = `${text(version['build_flavor'])} ${text(version['build_hash'])}`;
    return { version: text(version['number']), build };
  } finally {
    await dispatcher.destroy();
  }
}

async function logstashAnswer(site: Site, place: Place): Promise<Answer> {
  const [pod] = (await podsOf(site, place, 'logstash')).items;
  if (pod === undefined) throw new Error('it has no pod');
  const body = (await askLogstash(site, place, pod.metadata.name, '/')) as Record<string, unknown>;
  return { version: text(body['version']), build: `${text(body['build_flavor'])} ${text(body['build_sha'])}` };
}

/** Filebeat opens no port: it names itself in each document that it sends. */
async function filebeatAnswer(site: Site, { namespace, name }: Place): Promise<Answer> {
  await using elasticsearch = await openElasticsearch(site, namespace, name);
  const newest = {
    size: 1,
    sort: [{ '@timestamp': 'desc' }],
    _source: ['agent'],
    query: { exists: { field: 'agent.version' } },
  };
  const { body } = await elasticsearch.ask('POST', '/logs-*/_search', newest);
  const { hits } = body as { hits: { hits: readonly { _source: { agent?: { version?: string; type?: string } } }[] } };
  const agent = hits.hits[0]?._source.agent;
  if (agent?.version === undefined) throw new Error('no document that it sent was found');
  return { version: agent.version, build: agent.type ?? '' };
}

const programs = {
  elasticsearch: elasticsearchAnswer,
  kibana: kibanaAnswer,
  logstash: logstashAnswer,
  filebeat: filebeatAnswer,
} as const satisfies Record<ComponentName, (site: Site, place: Place) => Promise<Answer>>;

async function operatorImages(site: Site): Promise<OperatorConfig['images']> {
  const { data } = await site.run.json<{ data: Record<string, string> }>([
    'get',
    'configmap',
    'loggingstack-operator-config',
    '-n',
    'loggingstack-system',
  ]);
  return (parse(data['config.yaml'] ?? '') as OperatorConfig).images;
}

/** Asks each program of a stack. A program that does not answer is told of in its answer, not thrown. */
export async function programAnswers(site: Site, place: Place): Promise<readonly ProgramAnswer[]> {
  const images = await operatorImages(site);
  const { spec } = await site.run.json<{ spec: { version: string } }>([
    'get',
    'loggingstack',
    place.name,
    '-n',
    place.namespace,
  ]);
  const answers: ProgramAnswer[] = [];
  for (const component of ['elasticsearch', 'kibana', 'logstash', 'filebeat'] as const) {
    const rule = images[component].versions?.[spec.version] ?? images[component].default;
    const { version, build } = await programs[component](site, place).catch((error: unknown) => ({
      version: `no answer: ${error instanceof Error ? error.message : String(error)}`,
      build: '',
    }));
    const [pod] = (await podsOf(site, place, component)).items;
    const [container] = pod?.status.containerStatuses ?? [];
    answers.push({
      stack: `${place.namespace}/${place.name}`,
      component,
      expected: rule.version ?? spec.version,
      answered: version,
      build: build.trim(),
      image: `${container?.image ?? 'no image'} ${container?.imageID ?? ''}`.trim(),
    });
  }
  return answers;
}
