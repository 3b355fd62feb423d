// Scale-downs on the simulator, under a writer and under faults: nothing is lost, nothing of ours is left behind. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import type { AnsweredLook } from '../core/elasticsearch/observed.ts';
import { ready, stackWith } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Simulator } from './simulator.ts';
import { act, look, runningStack, settle, step } from './simulator.testing.ts';

/** Looks, acts and writes for so many ticks. */
function live(simulator: Simulator, stack: ResolvedStack, ticks: number, eachTick: (tick: number) => void = () => {}) {
  for (let tick = 0; tick < ticks; tick += 1) {
    simulator.elasticsearch.write('logs-app-default', 10);
    eachTick(tick);
    step(simulator, stack);
    simulator.tick();
  }
}

const harm = ({ records }: Simulator) => ({
  quorum: records.quorumLosses.filter((loss) => loss.cause === 'operator' && loss.voters > 1),
  copies: records.lastCopyLosses.filter((loss) => loss.cause === 'operator'),
  data: records.dataLosses,
});

const noHarm = { quorum: [], copies: [], data: [] };

function cleanRest(simulator: Simulator, stack: ResolvedStack): void {
  expect(ready(settle(simulator, stack))).toMatchObject({ status: 'True' });
  expect(simulator.observe().cluster).toMatchObject({
    health: { status: 'green' },
    settings: { excludedNames: [], marks: {} },
    voting: { excluded: [] },
  });
}

const three = stackWith({ data: { replicas: 3 } });

/** Copies in the routing table whose index is in no list of indices. */
const copiesOfNothing = ({ detail }: AnsweredLook): number =>
  detail?.shards.filter(({ index }) => !detail.indices.some(({ name }) => name === index)).length ?? 0;

describe('a scale-down under faults', () => {
  it('[drain-fails-open] with no answer, half an answer or an old routing table no node goes', () => {
    for (const fault of ['silent', 'detailFails', 'untold', 'mute'] as const) {
      const simulator = runningStack(three);
      if (fault === 'mute') simulator.mute.add('logs-es-data-2');
      else if (fault === 'untold') simulator.detailFails = 'untold';
      else simulator[fault] = true;
      live(simulator, stackWith(), 60);
      expect(simulator.records.removals).toEqual([]);
      if (fault === 'mute') simulator.mute.clear();
      else simulator[fault === 'untold' ? 'detailFails' : fault] = false;
      live(simulator, stackWith(), 60);
      cleanRest(simulator, stackWith());
      expect(harm(simulator)).toEqual(noHarm);
    }
  });

  it('[drain-orphans] an old routing table does not make a node look empty', () => {
    const simulator = runningStack(three);
    simulator.routingTableAge = 6;
    live(simulator, stackWith(), 120);
    simulator.routingTableAge = 0;
    cleanRest(simulator, stackWith());
    expect(harm(simulator)).toEqual(noHarm);
  });

  it('[drain-impossible] taken back in mid-drain, everything is as before', () => {
    const simulator = runningStack(three);
    for (let number = 0; number < 6; number += 1) simulator.elasticsearch.write(`logs-app${number}-default`, 400, 1e6);
    settle(simulator, three);
    live(simulator, stackWith(), 3);
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: ['logs-es-data-2'] } });
    live(simulator, three, 20);
    cleanRest(simulator, three);
    expect(simulator.records.removals).toEqual([]);
    expect(harm(simulator)).toEqual(noHarm);
  });

  it('[disk-precheck] a scale-down that does not fit does not start', () => {
    const simulator = runningStack(three);
    const size = simulator.elasticsearch.world.volumes.get('data-logs-es-data-0')?.totalBytes ?? 0;
    for (let number = 0; number < 6; number += 1)
      simulator.elasticsearch.write(`logs-app${number}-default`, 100, size / 4000);
    for (const name of ['logs-es-data-0', 'logs-es-data-1']) simulator.fillDisk(name, size * 0.78);
    settle(simulator, three);
    const planned = settle(simulator, stackWith());
    expect(planned.refusals).toMatchObject([{ rule: 'DiskTooSmall' }]);
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: [] } });
    expect(simulator.records.removals).toEqual([]);
  });

  it('[index-vanishes] indices that somebody deletes between a look and its actions hold nothing up', () => {
    const simulator = runningStack(three);
    const streams = Array.from({ length: 8 }, (_, number) => `logs-app${number}-default`);
    for (const stream of streams) simulator.elasticsearch.write(stream, 400, 1e6);
    settle(simulator, three);
    const one = stackWith({ data: { replicas: 1 } });
    const { cluster } = simulator.elasticsearch;
    let vanished = 0;
    for (const stream of streams) {
      // For some looks the routing table has copies of an index that is gone.
      simulator.routingTableAge = 2;
      const { observed, planned } = look(simulator, one);
      if (observed.cluster.answered) vanished += copiesOfNothing(observed.cluster);
      for (const { name, dataStream } of cluster?.indices.values() ?? [])
        if (dataStream === stream) cluster?.indices.delete(name);
      act(simulator, planned);
      simulator.tick();
    }
    expect(vanished).toBeGreaterThan(0);
    simulator.routingTableAge = 0;
    cleanRest(simulator, one);
    expect(simulator.records.removals.map(({ pod }) => pod)).toEqual(['logs-es-data-2', 'logs-es-data-1']);
    expect(harm(simulator)).toEqual(noHarm);
  });

  it('ends the same way when the operator dies after every single action', () => {
    const simulator = runningStack(three);
    for (let round = 0; round < 150; round += 1) {
      simulator.elasticsearch.write('logs-app-default', 10);
      step(simulator, stackWith(), 1);
      simulator.tick();
    }
    cleanRest(simulator, stackWith());
    expect(harm(simulator)).toEqual(noHarm);
  });
});
