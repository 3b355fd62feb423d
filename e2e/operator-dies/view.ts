// What the Elasticsearch stand-in reads of the cluster, over the API server.
import type { RestClient } from '../cluster/rest.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import type { ClusterView } from './elasticsearch-stand-in.ts';

export function viewOf(client: RestClient): ClusterView {
  interface Pods {
    readonly items: readonly (PodWithConditions & { readonly metadata: { readonly name: string } })[];
  }
  return {
    secret: async (namespace, name) => {
      const found = await client.find<{ data: Record<string, string> }>(
        `/api/v1/namespaces/${namespace}/secrets/${name}`,
      );
      if (found === undefined) return undefined;
      const entries = Object.entries(found.data);
      return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
    },
    readyNodes: async (namespace, name) => {
      const selector = encodeURIComponent(`loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`);
      const pods = await client.get<Pods>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`);
      return pods.items.filter(isReady).map(({ metadata }) => metadata.name);
    },
  };
}
