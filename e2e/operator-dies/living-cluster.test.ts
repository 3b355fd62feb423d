// Tests that the living cluster notices each thing that must never be done to it, and nothing when all is done well.
import { beforeEach, describe, expect, it } from 'vitest';
import { livingAnswer } from './living-answers.ts';
import { LivingCluster } from './living-cluster.ts';

const masters = ['logs-es-master-0', 'logs-es-master-1', 'logs-es-master-2'];
const data = ['logs-es-data-0', 'logs-es-data-1', 'logs-es-data-2'];
const [firstMaster = ''] = masters;
const [first = '', second = '', last = ''] = data;
const all = [...masters, ...data];

let living: LivingCluster;

const start = (name: string, version = '8.19.8'): void => {
  const roles = masters.includes(name) ? ['master'] : ['data_hot', 'data_content'];
  living.podStarts({ name, uid: `${name}-${version}`, version, roles, firstMasters: masters });
};
const end = (name: string, version = '8.19.8'): void => {
  living.podEnds({ name, uid: `${name}-${version}` });
};
const ask = (method: string, path: string, body: Readonly<Record<string, unknown>> = {}) =>
  livingAnswer(living, { method, path, query: new URLSearchParams(), body, namespace: 'team', stack: 'logs' });
const exclude = (names: string | null) =>
  ask('PUT', '/_cluster/settings', { persistent: { 'cluster.routing.allocation.exclude._name': names } });
const look = () => ask('GET', '/_cluster/state/nodes,metadata/no-index-wanted');
const routing = () => JSON.stringify(ask('GET', '/_cluster/state/nodes,routing_table,metadata')?.body);

function drain(): void {
  exclude(last);
  for (let looks = 0; looks < 50; looks += 1) look();
}

beforeEach(() => {
  living = new LivingCluster();
  for (const name of all) start(name);
  for (let looks = 0; looks < 5; looks += 1) look();
  living.fill();
});

describe('a node that leaves', () => {
  const members = [...masters, first, second];

  beforeEach(() => {
    living.judgeBy({ members, version: '8.19.8' });
  });

  it('needs some looks to be empty, and then leaves with its claim without a word', () => {
    exclude(last);
    look();
    expect(routing()).toContain('RELOCATING');
    drain();
    expect(routing()).not.toContain('RELOCATING');
    end(last);
    look();
    exclude(null);
    living.claimEnds({ name: `data-${last}`, uid: 'claim' });
    look();
    expect(living.faults).toEqual([]);
    expect(living.summary.settings).toEqual({});
    expect(living.summary.nodes).toEqual(members.map((name) => `${name} 8.19.8`).toSorted());
  });

  it('is a fault while copies are on it', () => {
    exclude(last);
    look();
    end(last);
    expect(living.faults.join()).toMatch(/logs-es-data-2 left with \d+ copies/);
  });

  it('is a fault when its claim goes before it', () => {
    drain();
    living.claimEnds({ name: `data-${last}`, uid: 'claim' });
    expect(living.faults).toEqual([`the claim data-${last} was deleted while ${last} ran`]);
  });

  it('is a fault when the claim of another one goes', () => {
    drain();
    end(first);
    living.claimEnds({ name: `data-${first}`, uid: 'claim' });
    expect(living.faults).toContain(`the claim data-${first} of a node that stays was deleted`);
  });
});

describe('an upgrade', () => {
  beforeEach(() => {
    living.judgeBy({ members: all, version: '9.4.3' });
  });

  const restart = (name: string): void => {
    end(name);
    start(name, '9.4.3');
    for (let looks = 0; looks < 10; looks += 1) look();
  };

  it('node by node, masters last, is none of the faults', () => {
    for (const name of [...data.toReversed(), ...masters.toReversed()]) restart(name);
    expect(living.faults).toEqual([]);
    expect(living.summary.nodes).toEqual(all.map((name) => `${name} 9.4.3`).toSorted());
  });

  it('of a master before the data nodes is a fault', () => {
    restart(firstMaster);
    expect(living.faults).toEqual([`${firstMaster}, a master, was taken away before ${data.join(' and ')} had 9.4.3`]);
  });

  it('of two nodes at once is a fault, and so is the last copy that served', () => {
    end(first);
    end(second);
    expect(living.faults).toContain(`${second} was taken away while ${first} did not serve`);
    end(last);
    expect(living.faults.join()).toContain(`${last} was taken away with the last copy that served`);
  });

  it('back to an older version is a fault', () => {
    restart(first);
    end(first, '9.4.3');
    start(first);
    expect(living.faults).toContain(`${first} started with 8.19.8 on a volume of 9.4.3`);
  });
});

describe('requests', () => {
  it('are refused where the real one knows no such setting', () => {
    expect(ask('PUT', '/_cluster/settings', { persistent: { 'cluster.routing.unknown': 'x' } })?.status).toBe(400);
    expect(ask('PUT', '/of-a-user/_settings', { 'index.unknown': 1 })?.status).toBe(400);
    expect(ask('PUT', '/not-there/_settings', { 'index.number_of_replicas': 1 })?.status).toBe(404);
  });

  it('take a vote away and give it back', () => {
    const query = new URLSearchParams({ node_names: firstMaster, wait_for_removal: 'false' });
    const votes = (method: string) =>
      livingAnswer(living, { ...{ method, path: '/_cluster/voting_config_exclusions', query }, ...rest });
    const rest = { body: {}, namespace: 'team', stack: 'logs' };
    expect(votes('POST')?.status).toBe(200);
    expect(living.summary.votingExclusions).toEqual([firstMaster]);
    expect(votes('DELETE')?.status).toBe(200);
    expect(living.summary.votingExclusions).toEqual([]);
  });

  it('find no master where none answers', () => {
    for (const name of masters) end(name);
    expect(look()?.status).toBe(503);
  });
});
