/**
 * What happened in a run, in words, and a hash of all of it: two runs of one seed that differ anywhere differ here (FNV-1a, 32 bits).
 * Only the last words are kept.
 */
export class Trace {
  #hash = 0x811c9dc5;
  #length = 0;
  readonly #last: string[] = [];
  readonly #keep: number;

  constructor(keep = 30) {
    this.#keep = keep;
  }

  note(words: string): void {
    this.#length++;
    for (let index = 0; index < words.length; index++) this.#hash = Math.imul(this.#hash ^ words.charCodeAt(index), 0x01000193);
    this.#hash = Math.imul(this.#hash ^ 10, 0x01000193);
    this.#last.push(words);
    if (this.#last.length > 2 * this.#keep) this.#last.splice(0, this.#keep);
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** How many words were noted. */
  get length(): number {
    return this.#length;
  }

  get last(): readonly string[] {
    return this.#last.slice(-this.#keep);
  }
}
