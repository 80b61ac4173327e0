/** Where the one answer to a request goes: any number of `inform`, `begin`, any number of `write`, then `end` or `destroy`. */
export interface ResponseSink {
  /** Headers that the answer gets whoever begins it, a refusal included: name, value, name, value. Read at `begin`. */
  readonly added: string[];
  /** Of the answer that has begun; 0 before one has. */
  readonly status: number;
  /** Whether a status has gone out, so that no other can. */
  readonly begun: boolean;
  /** Whether an answer has begun, also one that is held back and can still be replaced. */
  readonly answering: boolean;
  /** An answer of before the answer, such as 103. Dropped where the client could not read it. @param headers Name, value, name, value. */
  inform(status: number, headers: readonly string[]): void;
  /** @param headers Name, value, name, value. */
  begin(status: number, headers: string[]): void;
  /** Lets the client see what has begun, although nothing follows yet. */
  flush(): void;
  /** False: wait for `whenDrained` before the next. */
  write(chunk: Uint8Array): boolean;
  whenDrained(listener: () => void): void;
  /** Fields to follow the body, before `end`. Dropped where the framing has no place for them. @param fields Name, value, name, value. */
  trail(fields: readonly string[]): void;
  end(chunk?: Uint8Array): void;
  /** Ends in a way that nobody can take for a whole answer. */
  destroy(error: Error): void;
  /** The listener is told, once, when nobody will take the rest of the answer any more, and why. */
  whenGone(listener: (reason: Error) => void): void;
}
