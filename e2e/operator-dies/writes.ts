// Counts what an operator writes, to Kubernetes and to Elasticsearch, and says when it is to be killed.

export class Writes {
  /** Those that count, in order. */
  readonly lines: string[] = [];
  #killAfter: number | undefined;
  #kill: (() => void) | undefined;
  #lastAt = performance.now();
  /** The write after which the operator was killed; undefined while it was not. */
  killedAfter: string | undefined;

  /** Called when a write is done, before the operator hears of it. */
  note(line: string): void {
    this.#lastAt = performance.now();
    if (this.#killAfter === undefined) return;
    this.lines.push(line);
    if (this.lines.length >= this.#killAfter) this.killNow();
  }

  countFromNow(killAfter: number, kill: () => void): void {
    this.#killAfter = killAfter;
    this.#kill = kill;
  }

  killNow(): void {
    if (this.killed) return;
    this.killedAfter = `${this.lines.length} ${this.lines.at(-1) ?? ''}`;
    this.#kill?.();
  }

  get killed(): boolean {
    return this.killedAfter !== undefined;
  }

  /** How long nothing has been written. */
  get quietMs(): number {
    return performance.now() - this.#lastAt;
  }
}
