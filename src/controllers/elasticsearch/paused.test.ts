// Tests of a paused stack whose Elasticsearch answers: what is held back is said once, however often the controller is woken.
import { expect, it } from 'vitest';
import type { SharedStatus } from '../../core/status/conditions.ts';
import { templates } from '../../core/elasticsearch/plan.testing.ts';
import { answering, answersOf } from '../../elasticsearch/answers.testing.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { reconciler } from '../framework.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { elasticsearchComponent } from './index.ts';

const never = new AbortController().signal;

it('a paused stack that has something to do says so once, also when it is woken by its own status', async () => {
  await using standIn = await startStandIn(answering(answersOf('9.4')));
  const clients = new ElasticsearchClients();
  clients.of = () => ElasticsearchClients.prototype.of.call(clients, 'team/logs', standIn.endpoint);
  const operator = operatorStandIn(stackObjects({ paused: true }));
  const reconcile = reconciler(elasticsearchComponent(templates, clients), operator.runtime);
  const written = [];
  for (const milliseconds of [0, 300, 300, 1000, 300]) {
    await operator.clock.advance(milliseconds);
    await reconcile('team/logs', never);
    written.push(operator.statuses.length);
  }
  clients.closeAll();
  const { blocked } = operator.statuses[0]?.['status'] as SharedStatus;
  expect(blocked?.map(({ rule }) => rule)).toContain('Paused');
  expect(written).toEqual([1, 1, 1, 1, 1]);
});
