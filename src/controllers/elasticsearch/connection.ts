// The client for a stack's Elasticsearch, from the stack's own Secrets. Shared by all components that ask it something.
import type { KubeObject } from '../../core/kubernetes.ts';
import { labels, names } from '../../core/names.ts';
import { httpPort } from '../../core/elasticsearch/desired/index.ts';
import { isReady } from '../../core/elasticsearch/view.ts';
import { secretReference, secretValues } from '../../core/pki/plan.ts';
import type { ElasticsearchClients, StackConnection } from '../../elasticsearch/clients.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Look } from '../framework.ts';

/** Undefined while nobody could answer: the Secrets are not there yet, or no node is ready. */
export function connectionTo(clients: ElasticsearchClients, look: Look): StackConnection | undefined {
  const { name, namespace } = look.stack.identity;
  const secret = (secretName: string) => secretValues(look.live(secretReference(look.stack.identity, secretName)));
  const { username, password } = secret(names.operatorUser(name));
  const ca = secret(names.elasticsearchHttpCertificate(name))['ca.crt'];
  if (username === undefined || password === undefined || ca === undefined || !someNodeIsReady(look)) return undefined;
  const url = `https://${names.elasticsearchHttp(name)}.${namespace}.svc:${httpPort.port}`;
  return clients.of(keyOf(look.stack.identity), { url, ca, username, password });
}

function someNodeIsReady(look: Look): boolean {
  const { name, namespace } = look.stack.identity;
  return look.runtime.watches.ofStack('Pod', namespace, name).some(answers);
}

/**
 * Whether a pod is one of those behind the HTTP Service that answer. A node is ready when it knows a master: before, a
 * request would only wait for an answer that cannot come. Dedicated masters are not behind the Service.
 */
export function answers(pod: KubeObject): boolean {
  const { labels: own } = pod.metadata;
  return own?.[labels.component] === 'elasticsearch' && own[labels.http] === 'true' && isReady(pod);
}
