// For tests: an operator with a stack, a repository that is ready, and a stand-in for its Elasticsearch, and one object to reconcile again and again.
import { apiVersion } from '../../api/logging-stack.ts';
import type { KubeObject, ObjectReference } from '../../core/kubernetes.ts';
import type { Condition } from '../../core/status/conditions.ts';
import { answering, answersOf, type Change, paths } from '../../elasticsearch/answers.testing.ts';
import { usualLimits } from '../../elasticsearch/client.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { RepositoryStandIn } from '../../elasticsearch/snapshots/repository.testing.ts';
import { startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { type ObjectController, objectReconciler } from './framework.ts';

const never = new AbortController().signal;

/** Those of the usual stack that the answers lack. */
const members: readonly Change[] = ['logs-es-ingest-0', 'logs-es-master-1', 'logs-es-master-2'].map((name) => [
  [paths.members, 'nodes', `id-${name}`],
  { name, version: '9.4.3', roles: [] },
]);

const repositoryObject: KubeObject = {
  apiVersion,
  kind: 'StackRepository',
  metadata: { name: 'backups', namespace: 'team', uid: 'uid-r', generation: 1 },
  spec: { stackRef: { name: 'logs' }, type: 'FileSystem' },
  status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Verified', message: 'All nodes reach it.' }] },
};

export const objectOf = (kind: string, spec: object, metadata: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'one', namespace: 'team', uid: 'uid-one', generation: 1, ...metadata },
  spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' }, ...spec },
});

/** @param more objects besides */
export async function sceneOf(
  object: KubeObject,
  makeController: () => ObjectController,
  more: readonly KubeObject[] = [],
) {
  const operator = operatorStandIn([...stackObjects(), repositoryObject, object, ...more]);
  const { runtime, clock } = operator;
  const repository = new RepositoryStandIn(() => clock.wall());
  const bodies = answersOf('9.4', members);
  const usual = answering(bodies);
  const standIn = await startStandIn((request) => repository.answer(request) ?? usual(request));
  const clients = new ElasticsearchClients({ ...usualLimits, retries: 0 });
  clients.of = () => ElasticsearchClients.prototype.of.call(clients, 'team/logs', standIn.endpoint);
  let reconcile = objectReconciler(makeController(), runtime, clients);
  const reference: ObjectReference = { apiVersion, kind: object.kind, namespace: 'team', name: object.metadata.name };
  const live = (): KubeObject | undefined => runtime.watches.find(reference);
  const scene = {
    ...operator,
    repository,
    bodies,
    live,
    status: () => (live()?.['status'] ?? {}) as Readonly<Record<string, unknown>>,
    /** `Complete Unknown Waiting`, of each condition. */
    conditions: (): readonly string[] => {
      const { conditions = [] } = scene.status() as { readonly conditions?: readonly Condition[] };
      return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    },
    /** One reconcile. Returns after how many seconds the next one is due; undefined: not before a change. */
    step: async (): Promise<number | undefined> => {
      const result = await reconcile(`team/${object.metadata.name}`, never);
      return result === undefined ? undefined : result.requeueAfterMs / 1000;
    },
    /** Reconciles as often as is asked for until so many seconds are over; returns what the repository was asked meanwhile. */
    pass: async (seconds: number): Promise<readonly string[]> => {
      const [end, before] = [clock.now() + seconds * 1000, repository.asked.length];
      while (clock.now() < end) {
        const wait = await scene.step();
        await clock.advance(Math.min((wait ?? seconds) * 1000, end - clock.now()));
      }
      return repository.asked.slice(before);
    },
    /** Another process takes over, which remembers nothing. */
    restart: (): void => {
      reconcile = objectReconciler(makeController(), runtime, clients);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      clients.closeAll();
      await standIn[Symbol.asyncDispose]();
    },
  };
  return scene;
}
