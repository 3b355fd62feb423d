// What a plan tells of Kibana, Logstash and Filebeat: in a change of version, each waits for the one before it in the order.
import { describe, expect, it } from 'vitest';
import { templates } from '../core/elasticsearch/plan.testing.ts';
import { planFilebeat } from '../core/filebeat/plan.ts';
import { planKibana } from '../core/kibana/desired.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import { foreseen } from '../core/logstash/scale-in.ts';
import type { LiveObjects } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { liveSecrets, secretsOfLogstash } from '../core/workloads.testing.ts';
import { runningStack } from '../simulator/simulator.testing.ts';
import { type Forecast, forecast } from './index.ts';
import type { ForecastInput } from './run.ts';

const secrets = liveSecrets([...secretsOfLogstash, 'logs-kb-http-certs', 'logs-kb-token', 'logs-kb-keys']);

/** What is there when the three were made for a stack. */
function madeFor(stack: ResolvedStack): LiveObjects {
  const plans = [
    planKibana(stack, templates, secrets),
    planLogstash(stack, templates, secrets, foreseen(stack)),
    planFilebeat(stack, templates, secrets),
  ];
  const made = plans.flatMap(({ actions }) =>
    actions.flatMap((action): readonly KubeObject[] => (action.kind === 'create' ? [action.object] : [])),
  );
  return (reference) =>
    secrets(reference) ??
    made.find(({ kind, metadata }) => kind === reference.kind && metadata.name === reference.name);
}

/** The steps by which a stack that runs becomes another, with their subjects. */
function stepsOf(from: ResolvedStack, to: ResolvedStack, elasticsearch = from): Forecast['steps'] {
  const observed = runningStack(elasticsearch).observe({ detail: true }) as ForecastInput['observed'];
  const live = madeFor(from);
  const run = forecast({ stack: to, observed, templates, live, recoveryBytesPerSecond: 40 * 1024 ** 2 });
  for (;;) {
    const next = run.next();
    if (next.done === true) return next.value.steps;
  }
}

/** The last steps, each with the subjects of the steps that it waits for. */
const waitsIn = (steps: Forecast['steps'], count: number) =>
  steps
    .slice(-count)
    .map(({ subject, dependsOn = [] }) => [subject, dependsOn.map((order) => steps[order - 1]?.subject)]);

const newer = exampleStack({ version: '9.5.0' });

describe('a plan of a new version', () => {
  it('goes from Elasticsearch to Kibana, to Logstash, to Filebeat', () => {
    const steps = stepsOf(exampleStack(), newer);
    const restarts = steps.filter(({ action }) => action === 'Restart').map(({ subject }) => subject);
    expect(steps.map(({ order }) => order)).toEqual(steps.map((_step, place) => place + 1));
    expect(waitsIn(steps, 3)).toEqual([
      ['Deployment/logs-kb', restarts.slice(-1)],
      ['StatefulSet/logs-ls', ['Deployment/logs-kb']],
      ['DaemonSet/logs-fb', ['StatefulSet/logs-ls']],
    ]);
  });

  it('begins with Kibana where Elasticsearch has it already', () => {
    expect(waitsIn(stepsOf(exampleStack(), newer, newer), 3)).toEqual([
      ['Deployment/logs-kb', []],
      ['StatefulSet/logs-ls', ['Deployment/logs-kb']],
      ['DaemonSet/logs-fb', ['StatefulSet/logs-ls']],
    ]);
  });
});

it('a plan of another edit lets nobody wait', () => {
  const labels = { edited: 'yes' };
  const edited = exampleStack({ kibana: { labels }, logstash: { labels } });
  expect(waitsIn(stepsOf(exampleStack(), edited), 2)).toEqual([
    ['Deployment/logs-kb', []],
    ['StatefulSet/logs-ls', []],
  ]);
});
