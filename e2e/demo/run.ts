// What the demo does on its node: roll out the six-line stack, let a pod write a line, find the line by a search.
import { readFile } from 'node:fs/promises';
import { openElasticsearch } from '../environment/elasticsearch.ts';
import { wantsOwnCluster } from '../environment/own-cluster.ts';
import { provideNode, reenter, type ProvidedNode } from '../environment/provide.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';

const place = { namespace: 'logging', name: 'logs' };
const manifest = 'deploy/samples/minimal.yaml';
/** Where the ordinary pod is. */
const guest = 'greetings';
/** What the demo makes besides the operator's own namespace. */
export const demoNamespaces = [place.namespace, guest] as const;
const greeting = 'Hello from an ordinary pod';

/** Brings everything up; the part that talks to pods runs in a process inside the node's network. */
export async function runDemo(name: string, context: string | undefined, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const own = wantsOwnCluster(context) ? { context, namespaces: demoNamespaces } : undefined;
  const node = await provideNode(name, signal, { own });
  try {
    await reenter(node, ['e2e/demo/inside.ts'], signal);
    printNext(node, { name, context, seconds: Math.round((performance.now() - started) / 1000) });
  } finally {
    await node.keep();
  }
}

/** Runs inside the node's network. */
export async function showStack(signal: AbortSignal): Promise<void> {
  const site = currentSite({ signal });
  const log = (line: string): void => {
    console.log(line);
  };
  log(`\nkubectl apply -n ${place.namespace} -f ${manifest}\n`);
  log((await readFile(manifest, 'utf8')).trim());
  log('');
  await ensureNamespace(site.run, place.namespace, 'privileged');
  await site.run(['apply', '-n', place.namespace, '-f', manifest]);
  await waitForCondition(site.run, place, 'Ready', 900, { log, signal });
  log((await site.run(['get', 'loggingstack', '-n', place.namespace])).trim());
  const line = await findGreeting(site, log, signal);
  log(`\nFound by a search in Elasticsearch:\n${line}\n`);
}

async function findGreeting(site: Site, log: (line: string) => void, signal: AbortSignal): Promise<string> {
  const words = `${greeting}, at ${new Date().toISOString()}`;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'greeter', namespace: guest },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'greeter', image: site.logWriterImage, args: ['--say', words] }],
    },
  };
  await ensureNamespace(site.run, guest, 'baseline');
  await site.run(['delete', 'pod', 'greeter', '-n', guest, '--ignore-not-found', '--wait=true']);
  await site.run(['apply', '-f', '-'], JSON.stringify(pod));
  log(`A pod printed: ${words}`);
  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  // Awaited here: the connection must not be closed before the last look.
  return await waitFor(
    'the line to be found',
    async () => {
      const query = { query: { match_phrase: { message: words } } };
      const answer = await elasticsearch.ask('POST', '/logs-*/_search', query, [404]);
      const { hits } = (answer.body ?? {}) as { hits?: { hits: readonly { _source: unknown }[] } };
      const hit = hits?.hits[0];
      return hit === undefined ? seen('no hit yet') : found(JSON.stringify(hit._source, null, 2));
    },
    { signal, seconds: 240 },
  );
}

interface Ended {
  readonly name: string;
  readonly context: string | undefined;
  readonly seconds: number;
}

function printNext(node: ProvidedNode, { name, context, seconds }: Ended): void {
  const local = node.site.cluster !== undefined;
  const kubectl = local
    ? `node_modules/.bin/node e2e/cluster/cli.ts kubectl --name ${name} --`
    : `kubectl${context === undefined ? '' : ` --context ${context}`}`;
  console.log(
    [
      `The demo took ${seconds} s. What to try next:`,
      `  ${kubectl} get loggingstack,pods -n ${place.namespace}`,
      `  ${kubectl} describe loggingstack ${place.name} -n ${place.namespace}`,
      `  ${kubectl} scale loggingstack/${place.name} -n ${place.namespace} --replicas=3`,
      `Kibana: https://${place.name}-kb-http.${place.namespace}.svc:5601 (inside the cluster)`,
      `The password of the user elastic is in Secret ${place.name}-es-elastic-user, the CA in ${place.name}-es-http-certs:`,
      `  ${kubectl} get secret ${place.name}-es-elastic-user -n ${place.namespace} -o go-template='{{.data.password | base64decode}}'`,
      ...(local
        ? [
            'On this local node Elasticsearch and Filebeat are the real programs. Kibana and Logstash are stand-ins that keep',
            "the official images' contract (e2e/images/stand-ins/README.md): the official images cannot be fetched here.",
            `Take it all down: make demo-down${name === 'loggingstack' ? '' : ` NAME=${name}`}`,
          ]
        : [`Take it all down: make demo-down${context === undefined ? '' : ` CONTEXT=${context}`}`]),
    ].join('\n'),
  );
}
