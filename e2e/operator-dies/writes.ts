// Counts what an operator writes, to Kubernetes and to Elasticsearch, and says when it is to be killed.

export class Writes {
  /** Those that count, in order; from its second time on a write tells its number. */
  readonly lines: string[] = [];
  readonly #times = new Map<string, number>();
  #killAfter: string | undefined;
  #kill: (() => void) | undefined;
  #counts = false;
  #lastAt = performance.now();
  /** The write after which the operator was killed; undefined while it was not. */
  killedAfter: string | undefined;

  /** Called when a write is done, before the operator hears of it. */
  note(write: string): void {
    this.#lastAt = performance.now();
    if (!this.#counts) return;
    const times = (this.#times.get(write) ?? 0) + 1;
    this.#times.set(write, times);
    const line = times === 1 ? write : `${write} (${times})`;
    this.lines.push(line);
    if (line === this.#killAfter) this.killNow(line);
  }

  /** @param killAfter the line after which to kill: by its place alone another write might be met, as the status is written now and then */
  countFromNow(killAfter: string | undefined, kill: () => void): void {
    this.#counts = true;
    this.#killAfter = killAfter;
    this.#kill = kill;
  }

  killNow(after: string): void {
    if (this.killed) return;
    this.killedAfter = after;
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
