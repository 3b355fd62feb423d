// Pictures on a terminal: each is drawn over the one before, and never takes more room than there is.
import { expect, it } from 'vitest';
import { LivePicture } from './output.ts';

function drawnOn(columns: number, rows: number, ...pictures: readonly (readonly string[])[]): readonly string[] {
  const written: string[] = [];
  const picture = new LivePicture(() => ({ columns, rows, write: (text) => written.push(text) }));
  for (const lines of pictures) picture.draw(lines);
  return written;
}

const escape = '\u001b';

it('a picture begins where the one before began, and leaves nothing of it', () => {
  expect(drawnOn(80, 24, ['a', 'b', 'c'], ['d'], ['e'])).toEqual([
    `${escape}[0Ja\nb\nc\n`,
    `${escape}[3A${escape}[0Jd\n`,
    `${escape}[1A${escape}[0Je\n`,
  ]);
});

it('lines are cut to the columns, and the picture to the rows: what scrolls away cannot be drawn over', () => {
  expect(drawnOn(4, 4, ['abcdef', 'b', 'c', 'd', 'e'], ['f'])).toEqual([
    `${escape}[0Jabc…\nb\n… 3…\n`,
    `${escape}[3A${escape}[0Jf\n`,
  ]);
});
