// Tests of a restore into a stack that is just being made, beside the planner of Elasticsearch on the simulator: it waits for all data nodes, and what comes back stays.
import { describe, expect, it } from 'vitest';
import type { ClusterLook } from '../core/elasticsearch/observed.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { RestoreModel, restoreOf, RestoreRun } from '../core/snapshots/restores.testing.ts';
import { settle, step } from './simulator.testing.ts';
import { Simulator } from './simulator.ts';

const streams = ['logs-a-default', 'logs-b-default'];
const week = 7 * 86_400;
const secondsPerTick = 5;

/** A simulated stack and a StackRestore into it, which go on side by side. */
class Side {
  readonly simulator = new Simulator({ secondsPerTick });
  readonly run: RestoreRun;
  readonly stack: ResolvedStack;
  /** What the restore said, in its order. */
  readonly said: string[] = [];

  constructor(stack: ResolvedStack) {
    this.stack = stack;
    const model = new RestoreModel(() => this.cluster());
    this.run = new RestoreRun(model, restoreOf(), stack);
  }

  /** A tick, in which retention deletes what is older than a week. */
  tick(): void {
    step(this.simulator, this.stack);
    const requests = this.run.model.requests.length;
    this.run.reconcile();
    // All data nodes are members when it is asked for.
    if (this.run.model.requests.length > requests) expect(this.dataNodes()).toBe(4);
    const { complete = '' } = this.run;
    if (this.said.at(-1) !== complete) this.said.push(complete);
    this.simulator.tick();
    this.run.model.pass(secondsPerTick, week);
  }

  /** As of the full distribution, which deletes what is too old. */
  cluster(): ClusterLook {
    const { cluster } = this.simulator.observe();
    if (!cluster.answered) return cluster;
    return { ...cluster, capabilities: { ...cluster.capabilities, streamLifecycle: true } };
  }

  dataNodes(): number {
    const { cluster } = this.simulator.observe();
    return cluster.answered ? cluster.nodes.filter(({ name }) => name.includes('-data-')).length : 0;
  }
}

const fourDataNodes = exampleStack({ elasticsearch: { data: { replicas: 4 } } });

describe('[restored-then-deleted] a restore into a new stack', () => {
  it('waits until Elasticsearch answers and all its data nodes are there, and keeps what came back, older than retention allows', () => {
    const side = new Side(fourDataNodes);
    for (let tick = 0; tick < 60; tick += 1) side.tick();
    expect(side.said[0]).toMatch(/^Unknown Es/);
    expect(side.said.at(-1)).toBe('True Restored');
    settle(side.simulator, side.stack);
    side.run.model.pass(4 * week, week);
    expect([...side.run.model.streams.keys()]).toEqual(streams);
    side.run.edit({ retentionHold: false });
    side.run.settle();
    side.run.model.pass(1, week);
    expect([...side.run.model.streams.keys()]).toEqual([]);
  });

  it('that is made while a data node is away waits for it', () => {
    const side = new Side(fourDataNodes);
    settle(side.simulator, side.stack);
    side.simulator.elasticsearch.stop('logs-es-data-3');
    for (let tick = 0; tick < 12; tick += 1) {
      step(side.simulator, side.stack);
      side.simulator.tick();
    }
    expect(side.dataNodes()).toBe(3);
    side.tick();
    expect(side.run.complete).toBe('Unknown WaitingForNodes');
    expect(side.run.model.effects).toEqual([]);
  });
});
