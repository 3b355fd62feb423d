// Changes the number of a StatefulSet's nodes and nothing else: its template stays as it was last written, whatever is wanted by now.
import type { ObjectMeta } from '../kubernetes.ts';
import type { ObjectAction } from '../objects.ts';
import type { SetView } from './view.ts';

/** Owns the number of nodes on its way, and the mark of claims that they are drained. */
export const drainFieldManager = 'loggingstack-elasticsearch-drains';

/** Names one object and no other that came after it. */
export const identityOf = ({ name, namespace, uid }: ObjectMeta): ObjectMeta => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  ...(uid === undefined ? {} : { uid }),
});

export function resize({ object: { apiVersion, kind, metadata } }: SetView, replicas: number): ObjectAction {
  const object = { apiVersion, kind, metadata: identityOf(metadata), spec: { replicas } };
  return { kind: 'apply', object, fieldManager: drainFieldManager };
}
