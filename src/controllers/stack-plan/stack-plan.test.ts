// Tests of answering StackPlans on a stand-in for Elasticsearch: one forecast at a time, no second try of one that ended the operator, and no more plans than the operator holds.
import { afterEach, describe, expect, it } from 'vitest';
import { stackPlanKind, type StackPlanStatus } from '../../api/stack-plan.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { templates } from '../../core/elasticsearch/plan.testing.ts';
import { type Forecast, mostPlans } from '../../core/status/stack-plan.ts';
import { answering, answersOf } from '../../elasticsearch/answers.testing.ts';
import { usualLimits } from '../../elasticsearch/client.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { isAborted } from '../../kube/clock.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { type Planning, planReconciler } from './index.ts';

const never = new AbortController().signal;
const nothing: Forecast = { steps: [], refusals: [], bytesLost: 0, unfinished: undefined };

const planOf = (name: string, status?: object): KubeObject => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: stackPlanKind,
  metadata: { name, namespace: 'team', uid: name, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { stackRef: { name: 'logs' }, proposed: { version: '9.4.3' } },
  ...(status === undefined ? {} : { status }),
});

const clients = new ElasticsearchClients({ ...usualLimits, retries: 0 });
afterEach(() => {
  clients.closeAll();
});

/** Answers plans side by side; returns their conditions, and how many forecasts were under way at most. */
async function answered(plans: readonly KubeObject[], named: readonly string[]) {
  await using standIn = await startStandIn(answering(answersOf('9.4'), { '/logs-*-*/_recovery': { body: {} } }));
  clients.of = () => ElasticsearchClients.prototype.of.call(clients, 'team/logs', standIn.endpoint);
  const operator = operatorStandIn([...stackObjects(), ...plans]);
  let [underWay, most] = [0, 0];
  const forecast: Planning['forecast'] = function* () {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let look = 0; look < 3; look += 1) yield undefined;
    underWay -= 1;
    return nothing;
  };
  const reconcile = planReconciler({ forecast, templates, clients }, operator.runtime);
  const over = new AbortController();
  const all = Promise.all(named.map((name) => reconcile(`team/${name}`, never))).finally(() => {
    over.abort();
  });
  while (!isAborted(over.signal)) {
    await operator.clock.advance(0);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await all;
  const said = operator.statuses.map(({ metadata, status }: KubeObject & { status?: StackPlanStatus }) => {
    const [condition] = status?.conditions ?? [];
    return `${metadata.name}: ${condition?.status} ${condition?.reason}`;
  });
  return { said, most };
}

const planned = (status: string, reason: string) => ({
  conditions: [{ type: 'Planned', status, reason, message: '', observedGeneration: 1 }],
});

describe('plans', () => {
  it('are made one after the other, whatever is asked for at the same time, and each says that it was begun', async () => {
    const { said, most } = await answered([planOf('a'), planOf('b'), planOf('c')], ['a', 'b', 'c']);
    expect(most).toBe(1);
    expect(said.toSorted()).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [`${name}: True Planned`, `${name}: Unknown Started`]),
    );
    for (const name of ['a', 'b', 'c'])
      expect(said.indexOf(`${name}: Unknown Started`)).toBeLessThan(said.indexOf(`${name}: True Planned`));
  });

  it('that ended the operator are not tried again', async () => {
    const { said, most } = await answered([planOf('a', planned('Unknown', 'Started'))], ['a']);
    expect(said).toEqual(['a: False Interrupted']);
    expect(most).toBe(0);
  });

  it.each([
    ['so many are kept', mostPlans, 'True', 'a: False TooManyPlans'],
    ['one less is kept', mostPlans - 1, 'True', 'a: True Planned'],
    ['the others were refused', mostPlans, 'False', 'a: True Planned'],
  ])('are refused by name beyond a number of one namespace: %s', async (_name, count, status, expected) => {
    const others = Array.from({ length: count }, (_, place) => planOf(`other-${place}`, planned(status, 'Planned')));
    const { said } = await answered([planOf('a'), ...others], ['a']);
    expect(said.at(-1)).toBe(expected);
  });
});
