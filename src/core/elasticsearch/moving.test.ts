// How much is on the move.
import { expect, it } from 'vitest';
import { movingIn } from './moving.ts';
import type { AnsweredLook, ShardCopy } from './observed.ts';

const copy = (state: ShardCopy['state'], bytes: number | undefined) => ({ state, bytes }) as ShardCopy;
const look = (detail?: AnsweredLook['detail']) =>
  ({ answered: true, health: { relocating: 2, initializing: 1 }, detail }) as AnsweredLook;

it('counts shards at every look, and their bytes where the look was a closer one', () => {
  const shards = [copy('RELOCATING', 5), copy('INITIALIZING', 7), copy('STARTED', 100), copy('RELOCATING', undefined)];
  expect(movingIn(look())).toEqual({ shards: 3, bytes: undefined });
  expect(movingIn(look({ shards } as unknown as NonNullable<AnsweredLook['detail']>))).toEqual({
    shards: 3,
    bytes: 12,
  });
  expect(movingIn({ answered: false, code: 'EsTimeout', message: '' })).toBeUndefined();
});
