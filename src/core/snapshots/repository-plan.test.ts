// Tests of the planner of StackRepositories in a small world: from the first look to rest, through edits, refusals and new credentials, to the end.
import { describe, expect, it } from 'vitest';
import { stackRepositoryStatus } from '../../api/stack-repository.ts';
import { exampleStack } from '../stack.testing.ts';
import { fileSystemSpec, repositoryOf, s3Keys, s3Spec, secretOf } from './repositories.testing.ts';
import { paused, podOf, registeredAs, settled, silence, SmallWorld } from './repository-plan.testing.ts';

const s3 = repositoryOf(s3Spec);
const words = { code: 'EsBusy', message: 'status 500', reason: '[backups] path is not accessible' };
const noAnswer = { code: 'EsTimeout', message: 'No answer in time.', reason: undefined };

describe('a new repository', () => {
  it('is given to the nodes, registered, verified, and then left alone', () => {
    const world = new SmallWorld();
    const first = world.step();
    expect(first).toMatchObject({ finalizer: 'add', status: { basePath: 'team/backups' } });
    expect(world.condition('Accepted')).toBe('True Accepted');
    expect(world.condition('Ready')).toBe('False WaitingForNodes');
    expect(world.asked).toEqual([]);
    world.step();
    expect(world.asked).toEqual(['registerRepository', 'verifyRepository']);
    expect(world.condition('Ready')).toBe('True Verified');
    expect(world.status.verifiedAt).toBe('2026-01-01T12:00:00Z');
    expect(stackRepositoryStatus.safeParse(world.status).error).toBeUndefined();
  });

  it('has its credentials laid down before nodes get to know of it', () => {
    const world = new SmallWorld({ repository: s3 });
    const first = world.step();
    expect(world.written).toEqual(['create Secret', 'status']);
    expect(first.status).not.toHaveProperty('basePath');
    expect(world.condition('Ready')).toBe('False WaitingForNodes');
    expect(world.step().status).toMatchObject({ basePath: 'team/backups' });
    expect(world.status.credentialsHash).toMatch(/^[0-9a-f]{12}$/);
    world.step();
    expect(world.condition('Ready')).toBe('True Verified');
  });

  it('[policy-rewritten] is neither written nor asked for again at rest, also by another operator', () => {
    for (const repository of [repositoryOf(), s3]) {
      const world = settled({ repository });
      world.goOn(3600);
      world.change({ attempt: undefined });
      world.goOn(3600);
      expect(world.asked).toEqual([]);
      expect(world.written).toEqual([]);
    }
  });

  it('that needs nothing of the nodes waits for none', () => {
    const world = new SmallWorld({ repository: repositoryOf({ ...s3Spec, s3: { bucket: 'acme' } }) });
    world.rolls = false;
    world.step();
    expect(world.condition('Ready')).toBe('True Verified');
  });

  it('waits for the nodes of a paused stack, and says why they do not come', () => {
    const world = new SmallWorld({ stack: paused(exampleStack()) });
    world.rolls = false;
    world.goOn(60);
    expect(world.asked).toEqual([]);
    expect(world.status.conditions?.[1]?.message).toBe(
      '2 of 2 nodes have still to be restarted with what the repository needs. The stack is paused: none is restarted.',
    );
  });

  it('waits for nodes that leave and may have data, but not for those that end, nor for those without data', () => {
    const world = new SmallWorld();
    world.step();
    world.rolls = false;
    const having = world.look.pods;
    world.change({ pods: [...having, podOf('warm')] });
    world.step();
    expect(world.condition('Ready')).toBe('False WaitingForNodes');
    world.change({ pods: [...having, podOf('warm', '', { deletionTimestamp: 'x' }), podOf('ingest')] });
    world.step();
    expect(world.condition('Ready')).toBe('True Verified');
  });
});

describe('an edit', () => {
  it('of limits is registered and verified, and restarts nobody', () => {
    const world = settled();
    const before = world.look.pods;
    world.edit({ maxSnapshotBytesPerSecond: '100Mi' });
    world.step();
    expect(world.asked).toEqual(['registerRepository', 'verifyRepository']);
    expect(world.look.pods).toEqual(before);
    expect(world.look.registered).toMatchObject({ value: { settings: { max_snapshot_bytes_per_sec: '104857600b' } } });
  });

  it('of the client is verified when the last node has it; until then the repository stays ready', () => {
    const world = settled({ repository: s3 });
    world.rolls = false;
    world.edit({ s3: { ...s3Spec.s3, bucket: 'acme-logs', region: 'eu-west-1' } });
    world.goOn(60);
    expect(world.asked).toEqual([]);
    expect(world.condition('Ready')).toBe('True NodesChanging');
    world.roll();
    world.step();
    expect(world.asked).toEqual(['verifyRepository']);
    expect(world.condition('Ready')).toBe('True Verified');
  });

  it('to another client is registered only when all nodes know that', () => {
    const world = settled({ repository: repositoryOf({ ...s3Spec, s3: { bucket: 'acme' } }) });
    world.rolls = false;
    world.edit({ s3: { bucket: 'acme', region: 'eu-west-1' } });
    world.goOn(60);
    expect(world.asked).toEqual([]);
    world.roll();
    world.step();
    expect(world.asked).toEqual(['registerRepository', 'verifyRepository']);
  });

  it('to one that only reads is registered at once, though nodes are still to be restarted', () => {
    const world = settled({ repository: s3 });
    world.rolls = false;
    world.edit({ mode: 'ReadOnly', s3: { ...s3Spec.s3, bucket: 'acme-logs', region: 'eu-west-1' } });
    world.step();
    expect(world.asked).toEqual(['registerRepository']);
    expect(world.look.registered).toMatchObject({ value: { settings: { readonly: 'true' } } });
  });

  it('by hand in Elasticsearch is put right', () => {
    const world = settled();
    for (const settings of [{ location: '/elsewhere' }, {}]) {
      world.change({ registered: registeredAs('fs', settings), attempt: undefined });
      world.step();
      expect(world.asked.splice(0)).toEqual(['registerRepository', 'verifyRepository']);
    }
  });

  it('that nobody could judge yet takes nothing off the nodes', () => {
    const world = settled({ repository: s3 });
    const before = world.look.pods;
    world.edit({ s3: { ...s3Spec.s3, bucket: 'acme-logs', credentialsRef: { name: 'missing' } } });
    world.roll();
    expect(world.look.pods).toEqual(settled({ repository: s3 }).look.pods);
    world.change({ secret: undefined });
    world.goOn(60);
    expect(world.condition('Accepted')).toBe('False NoSuchSecret');
    expect(world.condition('Ready')).toBe('True Verified');
    expect(world.look.pods).toEqual(before);
  });
});

describe('credentials', () => {
  it('that change are laid down, then taken by the nodes, then verified', () => {
    const world = settled({ repository: s3 });
    const hash = world.status.credentialsHash;
    world.rolls = false;
    world.change({ secret: secretOf({ ...s3Keys, secret_key: 'secret-2' }) });
    world.step();
    expect(world.written).toEqual(['apply Secret']);
    world.step();
    expect(world.status.credentialsHash).not.toBe(hash);
    expect(world.condition('Ready')).toBe('True NodesChanging');
    expect(world.asked).toEqual([]);
    world.roll();
    world.step();
    expect(world.asked).toEqual(['verifyRepository']);
  });

  it('of a Secret whose labels or other keys change restart nobody', () => {
    const world = settled({ repository: s3 });
    world.change({ secret: secretOf({ ...s3Keys, note: 'x' }, { labels: { a: 'b' } }) });
    world.goOn(60);
    expect(world.written).toEqual([]);
  });

  it('that are gone or half leave those that the nodes have', () => {
    for (const secret of [undefined, secretOf({ access_key: 'x' })]) {
      const world = settled({ repository: s3 });
      world.change({ secret });
      world.goOn(60);
      expect(world.written).toEqual(['status']);
      expect(world.condition('Ready')).toBe('True Verified');
    }
  });

  it('that the spec no longer names are taken up', () => {
    const world = settled({ repository: s3 });
    world.edit({ s3: { bucket: 'acme-logs', region: 'eu-central-1' } });
    world.goOn(60);
    expect(world.written).toContain('delete Secret');
    expect(world.status).not.toHaveProperty('credentialsHash');
  });

  it("never overwrite somebody else's Secret", () => {
    const foreign = secretOf({ x: 'y' }, { name: 'logs-es-repository-backups' });
    const world = new SmallWorld({ repository: s3, laidDown: foreign });
    world.goOn(60);
    expect(world.written).toEqual(['status']);
    expect(world.condition('Ready')).toBe('False ForeignObject');
  });
});

describe('a wish to verify', () => {
  it('is followed once for each value', () => {
    const world = settled();
    world.annotate('one');
    world.goOn(900);
    expect(world.asked).toEqual(['verifyRepository']);
    expect(world.status.verifyRequest).toBe('one');
    world.change({ attempt: undefined });
    world.annotate('');
    world.goOn(900);
    world.annotate('one');
    world.goOn(900);
    expect(world.asked).toEqual(['verifyRepository']);
    world.annotate('two');
    world.goOn(900);
    expect(world.asked).toEqual(['verifyRepository', 'verifyRepository']);
  });

  it('is recorded as the status can hold it, however long it is', () => {
    const world = settled();
    world.annotate('x'.repeat(500));
    world.goOn(900);
    expect(world.asked).toEqual(['verifyRepository']);
    expect(stackRepositoryStatus.safeParse(world.status).error).toBeUndefined();
  });
});

describe('[hot-loop] what Elasticsearch refuses', () => {
  it.each<[string, string, string]>([
    ['verifyRepository', 'VerificationFailed', 'verify'],
    ['registerRepository', 'RegistrationRefused', 'register'],
  ])(
    '%s: is told in its words, asked again after 10 s at the soonest, ever more seldom, and recovers',
    (kind, reason) => {
      const world = new SmallWorld();
      world.step();
      world.refuse = (asked) => (asked === kind ? words : undefined);
      const times: number[] = [];
      const start = world.look.now.getTime();
      for (let second = 0; second < 1500; second += 1) {
        const before = world.asked.filter((one) => one === kind).length;
        world.step();
        if (world.asked.filter((one) => one === kind).length > before)
          times.push((world.look.now.getTime() - start) / 1000);
        world.wait(1);
      }
      expect(times).toEqual([0, 10, 30, 70, 150, 310, 610, 910, 1210]);
      expect(world.condition('Ready')).toBe(`False ${reason}`);
      expect(world.status.conditions?.[1]?.message).toBe('[backups] path is not accessible');
      expect(world.written.length).toBeLessThan(4);
      world.refuse = () => undefined;
      world.goOn(301);
      expect(world.condition('Ready')).toBe('True Verified');
    },
  );

  it('is asked at once after an edit, which may be what mends it', () => {
    const world = new SmallWorld();
    world.refuse = () => words;
    world.goOn(100);
    world.refuse = () => undefined;
    world.edit({ maxSnapshotBytesPerSecond: '100Mi' });
    world.step();
    expect(world.condition('Ready')).toBe('True Verified');
  });

  it('is no news of the repository where there was no answer', () => {
    const world = new SmallWorld();
    world.step();
    world.refuse = () => noAnswer;
    world.step();
    expect(world.condition('Ready')).toBe('Unknown EsTimeout');
  });
});

describe('an Elasticsearch that does not answer', () => {
  it('leaves nodes and acceptance as they are, and Ready unknown', () => {
    for (const repository of [repositoryOf(), s3]) {
      const world = settled({ repository });
      world.change({ registered: silence, modules: silence });
      const pods = world.look.pods;
      world.goOn(60);
      expect(world.condition('Accepted')).toBe('True Accepted');
      expect(world.condition('Ready')).toBe('Unknown EsTimeout');
      expect(world.look.pods).toEqual(pods);
      expect(world.asked).toEqual([]);
    }
  });
});

describe('[foreign-object] a repository that somebody else registered', () => {
  it('is left untouched at another place, and told of', () => {
    const world = new SmallWorld({ registered: registeredAs('s3', { bucket: 'theirs', base_path: 'x' }) });
    world.goOn(60);
    expect(world.asked).toEqual([]);
    expect(world.condition('Ready')).toBe('False ForeignRepository');
    expect(world.status.conditions?.[1]?.message).toContain('(type s3, base_path x, bucket theirs)');
  });

  it('is taken over at the same place', () => {
    const location = '/usr/share/elasticsearch/snapshots/log-backups/team/backups';
    const world = new SmallWorld({ registered: registeredAs('fs', { location, readonly: 'true' }) });
    world.goOn(60);
    expect(world.condition('Ready')).toBe('True Verified');
    expect(world.look.registered).toMatchObject({ value: { settings: { location } } });
    expect(world.look.registered).not.toMatchObject({ value: { settings: { readonly: 'true' } } });
  });
});

describe('without its stack', () => {
  it('it stays, says so, and is taken up by the next one', () => {
    const world = settled();
    const { stack } = world.look;
    world.change({ stack: undefined, registered: silence });
    world.goOn(60);
    expect(world.condition('Ready')).toBe('False NoSuchStack');
    expect(world.status).not.toHaveProperty('basePath');
    world.change({ stack, registered: { answered: true, value: undefined }, attempt: undefined });
    world.goOn(60);
    expect(world.condition('Ready')).toBe('True Verified');
  });
});

it('a later writer loses the place, and Elasticsearch forgets it', () => {
  const world = settled();
  const older = repositoryOf(
    { ...fileSystemSpec, basePath: 'team' },
    { name: 'older', creationTimestamp: '2025-01-01T00:00:00Z' },
  );
  world.change({ others: [older, world.repository] });
  world.goOn(60);
  expect(world.condition('Accepted')).toBe('False PathTaken');
  expect(world.condition('Ready')).toBe('False PathTaken');
  expect(world.asked).toEqual(['unregisterRepository']);
  expect(world.status.basePath).toBe('team/backups');
});
