// For integration tests only: the whole operator in this process, and what every component's objects must fulfil on a real API server.
import { join } from 'node:path';
import { expect } from 'vitest';
import { operatorConfig } from '../api/operator-config.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ReconciledComponent } from '../core/names.ts';
import { planObjects, referenceOf } from '../core/objects.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { StackIdentity } from '../core/stack.ts';
import { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { forecast } from '../forecast/index.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { never, realTime } from '../kube/integration-helpers.ts';
import { Manager } from '../kube/manager.ts';
import { memoryLog } from '../kube/testing.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';
import { components } from './components.ts';
import { reconciler, type Runtime } from './framework.ts';
import { planReconciler, type Planning } from './stack-plan/index.ts';
import { Watches } from './watches.ts';

/**
 * Creates the objects, then applies them. After either, with the defaults of the API server, the planner has nothing to
 * do; and a second apply writes nothing.
 */
export async function createThenApply(
  transport: Transport,
  identity: StackIdentity,
  component: ReconciledComponent,
  desired: readonly KubeObject[],
): Promise<void> {
  const client = new KubeClient(transport);
  const live = new Map<string, KubeObject>();
  const plan = () => planObjects(identity, component, desired, ({ kind, name }) => live.get(`${kind}/${name}`));
  const remember = (object: KubeObject) => live.set(`${object.kind}/${object.metadata.name}`, object);
  const creations = plan().actions.map((action) => {
    if (action.kind !== 'create') throw new Error(`expected only creations, got ${action.kind}`);
    return action;
  });
  for (const { object, fieldManager: manager } of creations)
    remember((await client.createOrRefuse(object, { manager, owns: () => false }, never)).object);
  expect(live.size).toBe(desired.length);
  expect(plan()).toEqual({ actions: [], refusals: [] });
  for (const { object, fieldManager: manager } of creations) {
    const { uid = '' } = (await client.get(referenceOf(object), never)).metadata;
    const options = { manager, uid, force: true };
    const applied = await client.apply(object, options, never);
    const again = await client.apply(object, options, never);
    expect(again.metadata.resourceVersion, object.metadata.name).toBe(applied.metadata.resourceVersion);
    remember(again);
  }
  expect(plan()).toEqual({ actions: [], refusals: [] });
}

export interface OperatorParts {
  readonly manager: Manager;
  readonly runtime: Runtime;
  readonly planning: Planning;
}

/** Everything that src/main.ts puts together, but for the Lease, probes and metrics. */
export async function operatorParts(
  transport: Transport,
  watchNamespaces: readonly string[],
  otherTemplates: ConfigTemplates = {},
): Promise<OperatorParts> {
  const image = { default: { image: 'example.test/x:{version}' } };
  const images = { elasticsearch: image, kibana: image, logstash: image, filebeat: image };
  const config = operatorConfig.parse({ images, watchNamespaces });
  const log = memoryLog();
  const manager = new Manager({ transport, ...realTime, log });
  const watches = new Watches(manager, watchNamespaces);
  const source = { controller: 'loggingstack.dev/operator', instance: 'test' };
  const recorder = new EventRecorder(transport, source, realTime.clock, log, {});
  const { clock } = realTime;
  const client = new KubeClient(transport);
  const runtime = { client, expectations: manager.expectations, watches, recorder, config, clock, log };
  const templates = {
    ...(await loadTemplates(join(import.meta.dirname, '../../config-templates'))),
    ...otherTemplates,
  };
  const planning = { forecast, templates, clients: new ElasticsearchClients() };
  for (const component of components(templates, planning.clients)) {
    const queue = manager.queue({ name: component.name, workers: 1, reconcile: reconciler(component, runtime) });
    watches.wake(queue, component.name);
  }
  const plans = manager.queue({ name: 'stack-plan', workers: 1, reconcile: planReconciler(planning, runtime) });
  watches.wakeOwn(plans, 'StackPlan');
  return { manager, runtime, planning };
}

/** The whole operator, until it is stopped; with other config templates it is one of another version. */
export async function runOperator(
  transport: Transport,
  stop: AbortSignal,
  watchNamespaces: readonly string[],
  otherTemplates: ConfigTemplates = {},
): Promise<void> {
  const { manager } = await operatorParts(transport, watchNamespaces, otherTemplates);
  await manager.run(stop);
}
