// Cuts a stream of bytes into JSON values, wherever the network happened to split it.

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Collects bytes until an object or array is whole. It works on bytes, because a chunk may end in the middle of a
 * multi-byte character, and counts brackets, because a value may have several lines.
 */
export class JsonStream {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param limit the longest value accepted, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when the bytes so far end within a value: the stream was cut. */
  get incomplete(): boolean {
    return this.#depth > 0;
  }

  /** The values that these bytes complete. Throws a SyntaxError without the text for what is no JSON, RangeError when too long. */
  push(chunk: Uint8Array): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let position = 0; position < chunk.length; position += 1) {
      if (!this.#endsValue(chunk[position] as number)) continue;
      this.#keep(chunk.subarray(start, position + 1));
      values.push(this.#take());
      start = position + 1;
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    return values;
  }

  /** Feeds one byte; true when it closes the outermost bracket. */
  #endsValue(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) this.#inString = false;
      return false;
    }
    if (byte === quote) this.#inString = true;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth -= 1;
      return this.#depth <= 0;
    }
    return false;
  }

  #keep(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#limit) throw new RangeError(`a value of the stream is longer than ${this.#limit} bytes`);
    this.#parts.push(bytes);
  }

  #take(): unknown {
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#size = 0;
    this.#depth = 0;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // The parser's own error quotes the text, which may be a Secret.
      throw new SyntaxError(`a value of the stream (${text.length} characters) is no JSON`);
    }
  }
}
