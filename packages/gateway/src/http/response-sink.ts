/** Where the one answer to a request goes: `begin`, any number of `write`, then `end` or `destroy`. */
export interface ResponseSink {
  /** Whether a status has gone out, so that no other can. */
  readonly begun: boolean;
  /** @param headers Name, value, name, value. */
  begin(status: number, headers: string[]): void;
  /** Lets the client see what has begun, although nothing follows yet. */
  flush(): void;
  /** False: wait for `whenDrained` before the next. */
  write(chunk: Uint8Array): boolean;
  whenDrained(listener: () => void): void;
  end(chunk?: Uint8Array): void;
  /** Ends in a way that nobody can take for a whole answer. */
  destroy(error: Error): void;
  /** The listener is told, once, when nobody will take the rest of the answer any more, and why. */
  whenGone(listener: (reason: Error) => void): void;
}
