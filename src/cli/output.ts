// Where the command writes: whole pictures that replace each other on a terminal, plain lines anywhere else.
import { cutTo } from './rendering/amounts.ts';

/** What a terminal takes to draw over what was drawn before. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly write: (text: string) => void;
}

/** Draws pictures on a terminal, each over the one before. */
export class LivePicture {
  readonly #screen: () => Screen;
  #drawn = 0;

  /** @param screen asked at each drawing, because people change the size of their windows */
  constructor(screen: () => Screen) {
    this.#screen = screen;
  }

  /** Lines that do not fit are cut: one that wraps, or scrolls away, could not be drawn over. */
  draw(lines: readonly string[]): void {
    const { columns, rows, write } = this.#screen();
    const room = Math.max(1, rows - 1);
    const shown =
      lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} lines more`];
    const back = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    write(`${back}\u001b[0J${shown.map((line) => `${cutTo(columns, line)}\n`).join('')}`);
    this.#drawn = shown.length;
  }
}
