// Tests of turns: no more at once than may, in the order in which they came, and one that fails gives its turn on.
import { expect, it } from 'vitest';
import { settled } from '../kube/testing.ts';
import { Turns } from './turns.ts';

it('lets no more run at once than may, in their order, also after one that failed', async () => {
  const turns = new Turns(2);
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const take = (name: string) =>
    turns.take(() => {
      started.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => {
          if (error === undefined) resolve(name);
          else reject(error);
        });
      });
    });
  const taken = ['a', 'b', 'c', 'd'].map(take);
  await settled();
  expect(started).toEqual(['a', 'b']);
  ends.get('b')?.(new Error('no'));
  await expect(taken[1]).rejects.toThrow('no');
  expect(started).toEqual(['a', 'b', 'c']);
  ends.get('a')?.();
  ends.get('c')?.();
  expect([await taken[0], await taken[2]]).toEqual(['a', 'c']);
  ends.get('d')?.();
  await taken[3];
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  expect(await turns.take(() => Promise.resolve('e'))).toBe('e');
});
