// Tests of the end of a StackRepository: who still needs it is waited for, Elasticsearch forgets it, and nothing holds its deletion up for ever.
import { describe, expect, it } from 'vitest';
import { exampleStack } from '../stack.testing.ts';
import { graveReasons } from '../status/reasons.ts';
import { repositoryOf, s3Spec } from './repositories.testing.ts';
import type { Dependent } from './repository-look.ts';
import { registeredAs, settled, silence, type SmallWorld } from './repository-plan.testing.ts';

const snapshot = (leaving: boolean): Dependent => ({ kind: 'StackSnapshot', name: 'one', leaving });

/** A repository at rest, deleted now. */
function deleted(world: SmallWorld = settled()): SmallWorld {
  const { repository, now } = world.look;
  const metadata = { ...repository.metadata, deletionTimestamp: now.toISOString() };
  world.change({ repository: { ...repository, metadata } });
  return world;
}

describe('[finalizer-wedge] a repository that is deleted', () => {
  it('is forgotten by Elasticsearch, with its credentials, and gone', () => {
    const world = deleted(settled({ repository: repositoryOf(s3Spec) }));
    world.step();
    expect(world.asked).toEqual(['unregisterRepository']);
    expect(world.written).toContain('delete Secret');
    expect(world.gone).toBe(true);
  });

  it('waits for those that have snapshots to delete in it, and stays ready for them', () => {
    const world = deleted();
    world.change({ dependents: [snapshot(true)] });
    world.goOn(300);
    expect(world.asked).toEqual([]);
    expect(world.gone).toBe(false);
    expect(world.condition('Accepted')).toBe('False BeingDeleted');
    expect(world.condition('Ready')).toBe('True Verified');
    expect(world.status.conditions?.[0]?.message).toMatch(
      /^StackSnapshot one may have snapshots to delete in it\. It is deleted at \S+Z at the latest\.$/,
    );
    expect(world.written).toEqual(['status']);
    world.change({ dependents: [] });
    world.step();
    expect(world.gone).toBe(true);
  });

  it('waits a moment for those that the same command deletes, and for no others', () => {
    const world = deleted();
    world.change({ dependents: [snapshot(false)] });
    world.goOn(10);
    expect(world.gone).toBe(false);
    world.goOn(10);
    expect(world.gone).toBe(true);
    expect(world.asked).toEqual(['unregisterRepository']);
  });

  it.each<[string, (world: SmallWorld) => void, RegExp | undefined]>([
    [
      'others need it for ever',
      (world) => {
        world.change({ dependents: [snapshot(true)] });
      },
      undefined,
    ],
    [
      'Elasticsearch does not answer',
      (world) => {
        world.change({ registered: silence });
      },
      /^Elasticsearch does not answer\. No answer in time\. It is deleted all the same\./,
    ],
    [
      'Elasticsearch keeps it, because it is used',
      (world) => {
        world.refuse = () => ({ code: 'EsError', message: 'status 409', reason: '[backups] is currently used' });
      },
      /^Elasticsearch keeps the repository \(\[backups\] is currently used\)\. It is deleted all the same\./,
    ],
  ])('goes after ten minutes although %s', (_name, hinder, words) => {
    const world = deleted();
    hinder(world);
    world.goOn(595);
    expect(world.gone).toBe(false);
    world.goOn(40);
    expect(world.gone).toBe(true);
    if (words === undefined) return;
    expect(world.condition('Accepted')).toBe('False LetGo');
    expect(world.status.conditions?.[0]?.message).toMatch(words);
    expect(world.status.conditions?.[0]?.message).toContain('DELETE _snapshot/backups');
  });

  it('asks no more often than other requests when it is refused', () => {
    const world = deleted();
    world.refuse = () => ({ code: 'EsError', message: 'status 409', reason: 'used' });
    for (let second = 0; second < 60; second += 1) {
      world.step();
      world.wait(1);
    }
    expect(world.asked.length).toBe(3);
  });

  it('goes at once without its stack', () => {
    const world = deleted();
    world.change({ stack: undefined, registered: silence });
    world.step();
    expect(world.gone).toBe(true);
    expect(world.asked).toEqual([]);
  });

  it("leaves somebody else's repository of that name alone", () => {
    const world = deleted();
    world.change({ registered: registeredAs('s3', { bucket: 'theirs' }) });
    world.step();
    expect(world.gone).toBe(true);
    expect(world.asked).toEqual([]);
  });

  it('goes also while the stack is paused', () => {
    const world = deleted();
    world.change({ stack: exampleStack({ paused: true }) });
    world.step();
    expect(world.gone).toBe(true);
  });
});

it('people hear of a repository that was let go', () => {
  expect(graveReasons.has('LetGo')).toBe(true);
});
