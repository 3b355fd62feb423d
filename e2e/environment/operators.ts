// The operator's Deployment as cases change it: started anew, or run from another image for a while.
import { request } from 'undici';
import { localImages } from './local-images.ts';
import { isReady, operatorPods, type PodWithConditions } from './pods.ts';
import type { Site } from './site.ts';
import { reach } from './reach.ts';
import { found, seen, waitFor } from './wait.ts';

const deployment = 'deployment/loggingstack-operator';
const namespace = ['-n', 'loggingstack-system'] as const;

interface Pods {
  readonly items: readonly (PodWithConditions & {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly status: { readonly podIP?: string };
  })[];
}

/** Starts the operator anew, so that all its connections are new ones; returns its address. */
export async function restartOperator(site: Site, signal: AbortSignal): Promise<string> {
  await site.run(['delete', 'pod', ...operatorPods, '--wait=true']);
  return waitFor(
    'the new operator to be ready',
    async () => {
      const { items } = await site.run.json<Pods>(['get', 'pods', ...operatorPods]);
      const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined);
      const address = pod !== undefined && isReady(pod) ? pod.status.podIP : undefined;
      return address === undefined ? seen('no ready pod') : found(address);
    },
    { signal, seconds: 120 },
  );
}

/** What the operator serves for Prometheus now. */
export async function operatorMetrics(site: Site): Promise<string> {
  const name = (await site.run(['get', 'pods', ...operatorPods, '-o', 'jsonpath={.items[0].metadata.name}'])).trim();
  await using way = reach(site, 'loggingstack-system', `pod/${name}`, 8081);
  const { host, port } = await way.address();
  const { statusCode, body } = await request(`http://${host}:${port}/metrics`);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`/metrics of ${name} was answered ${statusCode}: ${text.slice(0, 500)}`);
  return text;
}

async function useImage(site: Site, image: string): Promise<void> {
  await site.run(['set', 'image', deployment, `*=${image}`, ...namespace]);
  await site.run(['rollout', 'status', deployment, ...namespace, '--timeout=180s']);
}

/** Runs the operator from another image until disposed of. */
export async function withOperatorImage(site: Site, image: string): Promise<AsyncDisposable> {
  await useImage(site, image);
  return { [Symbol.asyncDispose]: () => useImage(site, localImages.operator) };
}
