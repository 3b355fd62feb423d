// The operator's composition root: reads the configuration, connects the parts, leads, and stops in order. Nothing else happens here.
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { readConfiguration } from './configuration.ts';
import { components } from './controllers/components.ts';
import { reconciler } from './controllers/framework.ts';
import { objectReconciler } from './controllers/snapshots/framework.ts';
import { snapshotControllers } from './controllers/snapshots/index.ts';
import { planReconciler } from './controllers/stack-plan/index.ts';
import { Watches } from './controllers/watches.ts';
import { usualLimits } from './elasticsearch/client.ts';
import { ElasticsearchClients } from './elasticsearch/clients.ts';
import { forecast } from './forecast/index.ts';
import { KubeClient } from './kube/client.ts';
import { systemClock } from './kube/clock.ts';
import { EventRecorder } from './kube/events.ts';
import { LeaderElector } from './kube/lease.ts';
import { Manager } from './kube/manager.ts';
import { processSignal } from './kube/shutdown.ts';
import { Transport } from './kube/transport.ts';
import { createMetrics } from './metrics/index.ts';
import { serveProbes } from './probes.ts';
import { loadTemplates } from './templates.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: '/etc/loggingstack/config.yaml' },
    templates: { type: 'string', default: 'config-templates' },
    'probe-port': { type: 'string', default: '8081' },
  },
});

const config = await readConfiguration(values.config);
const log = pino({ level: config.logLevel, base: null });
// Outside a pod two processes of one host must not take each other's Lease for their own.
const identity = process.env['POD_NAME'] ?? `${hostname()}-${process.pid}`;
const namespace = process.env['POD_NAMESPACE'] ?? 'default';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const metrics = createMetrics();
const transport = new Transport(kubeConfig, { version: packageFile.version, hooks: metrics.hooks });
const clock = systemClock;
const random = Math.random;
const elector = new LeaderElector(transport, {
  namespace,
  name: 'loggingstack-operator',
  identity,
  clock,
  random,
  log,
});
const onlyLeader = { mayWrite: () => elector.isLeading() };
const client = new KubeClient(transport, onlyLeader);
const manager = new Manager({ transport, clock, random, log, hooks: metrics.hooks });
const watches = new Watches(manager, config.watchNamespaces);
const recorder = new EventRecorder(
  transport,
  { controller: 'loggingstack.dev/operator', instance: identity },
  clock,
  log,
  onlyLeader,
);
const { meters } = metrics;
const runtime = { client, expectations: manager.expectations, watches, recorder, config, clock, log, meters };
metrics.measureStacks(
  () => watches.stacks.flatMap((source) => source.store.list()),
  () => clock.wall(),
);

const clients = new ElasticsearchClients(usualLimits, { onRequest: metrics.onElasticsearchRequest, ...onlyLeader });
const templates = await loadTemplates(values.templates);
for (const component of components(templates, clients)) {
  const queue = manager.queue({ name: component.name, workers: 4, reconcile: reconciler(component, runtime) });
  watches.wake(queue, component.name);
}
for (const { name, controller, wokenBy } of snapshotControllers()) {
  const queue = manager.queue({ name, workers: 4, reconcile: objectReconciler(controller, runtime, clients) });
  watches.wakeOwn(queue, controller.kind);
  watches.wakeByStack(queue, controller.kind, wokenBy);
}
// One at a time, and few that wait for Elasticsearch or for their turn: what a forecast starts from takes memory.
const plans = planReconciler({ forecast, templates, clients }, runtime);
watches.wakeOwn(manager.queue({ name: 'stack-plan', workers: 1, waiting: 3, reconcile: plans }), 'StackPlan');

const probes = await serveProbes(Number(values['probe-port']), {
  registry: metrics.registry,
  isReady: () => !elector.isLeading() || manager.hasSynced,
});
const stop = processSignal();
const ended = await elector.lead((signal) => manager.run(signal), stop);
probes.close();
clients.closeAll();
await transport.close();
if (ended.kind === 'lost') {
  log.error({}, 'The lease was lost to another instance, or could not be renewed in time; this process ends.');
  process.exitCode = 1;
}
