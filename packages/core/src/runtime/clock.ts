/** A pending callback. All three methods may be called at any time and any number of times. */
export interface Timer {
  cancel(): void;
  /** Lets the process end although the timer is pending. */
  unref(): void;
  ref(): void;
}

/** The only source of time. Real in production, manual in tests and simulation. */
export interface Clock {
  /** Monotonic milliseconds with fractions. Only differences mean anything, and only inside this process. */
  now(): number;
  /** Milliseconds since the Unix epoch, for stamps that leave the process. May jump; never measure with it. */
  epoch(): number;
  /** Calls back once, never before `delayMs` has passed. Keeps the process alive until then unless `unref` is called. */
  after(delayMs: number, callback: () => void): Timer;
  /**
   * Calls back once what has arrived at this process by now has been read. A timer that fired late asks for this before it
   * believes that an answer is missing: after a stall of the event loop timers run before sockets are read.
   */
  afterInput(callback: () => void): void;
}
