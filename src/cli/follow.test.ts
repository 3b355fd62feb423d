// What goes wrong while a stack is watched on a terminal: it is part of the picture, which it must not tear apart.
import { expect, it } from 'vitest';
import { shower } from './follow.ts';
import { statusView } from './status.ts';

it('a warning is drawn below the picture, and gone when the stack has changed', () => {
  const pictures: string[] = [];
  const show = shower(
    {
      print: () => undefined,
      terminal: () => ({ columns: 80, rows: 24, write: (text) => pictures.push(text) }),
      warn: () => {
        throw new Error('it would land in the picture');
      },
    },
    statusView,
    { name: 'logs', namespace: 'team', generation: 1, paused: false, status: {} },
  );
  try {
    show.warn('the watch has ended: no answer');
    expect(pictures.at(-1)).toMatch(/Stack logs[\s\S]*\n\nwarning: the watch has ended: no answer\n$/);
    show.update({ name: 'logs', namespace: 'team', generation: 2, paused: false, status: {} });
    expect(pictures.at(-1)).not.toContain('warning');
  } finally {
    show.end();
  }
});
