// The objects that the command is about: found by their names, and made strictly, as kubectl does.
import type { KubeObject, ResourceType } from '../core/kubernetes.ts';
import { KubeClient } from '../kube/client.ts';
import { Fault } from '../kube/errors.ts';
import { listAll, listWatch } from '../kube/list-watch.ts';
import { locationOf, referenceTo } from '../kube/resources.ts';
import type { Connection } from './connection.ts';

const fieldManager = 'kubectl-loggingstack';

/** All objects of a kind in the namespace. */
export async function allOf(
  { transport, namespace }: Connection,
  type: ResourceType,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  return (await listAll(listWatch(transport, type, { namespace }), signal)).items;
}

/** The object of this name. Throws a Fault that names those that are there. */
export async function theOne(
  connection: Connection,
  type: ResourceType,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { transport, namespace } = connection;
  const { apiVersion, kind } = type;
  const found = await new KubeClient(transport).find({ apiVersion, kind, namespace, name }, signal);
  if (found !== undefined) return found;
  const names = (await allOf(connection, type, signal)).map(({ metadata }) => metadata.name);
  const there = names.length === 0 ? 'There is none.' : `There is ${names.toSorted().join(', ')}.`;
  throw new Fault('NotFound', `Namespace ${namespace} has no ${kind} ${name}. ${there}`);
}

/** Makes an object. Strict, as kubectl asks for: a misspelled field is an error, and is not dropped in silence. */
export async function make({ transport }: Connection, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const location = locationOf(referenceTo(object));
  const query = { fieldValidation: 'Strict', fieldManager };
  return (await transport.request({ verb: 'create', location, query, body: object }, signal)) as KubeObject;
}

/** Sets one annotation of an object that is there, and leaves all else as it is. */
export async function annotate(
  { transport }: Connection,
  object: KubeObject,
  [annotation, value]: readonly [string, string],
  signal: AbortSignal,
): Promise<KubeObject> {
  const { uid } = object.metadata;
  // Another object that has got its name meanwhile is not meant.
  const body = { metadata: { uid, annotations: { [annotation]: value } } };
  const location = locationOf(referenceTo(object));
  return (await transport.request({ verb: 'merge', location, query: { fieldManager }, body }, signal)) as KubeObject;
}
