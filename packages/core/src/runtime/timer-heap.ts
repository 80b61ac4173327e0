/** A pending timer of a clock that is moved by hand. */
export interface HeapTimer {
  readonly at: number;
  /** Of arming: decides between timers of the same instant. */
  readonly order: number;
  readonly callback: () => void;
  over: boolean;
}

const isBefore = (one: HeapTimer, other: HeapTimer): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

/** Pending timers, the next one first. Adding and taking cost the logarithm of their number; what was cancelled goes when it comes up, or when it is most of them. */
export class TimerHeap {
  #timers: HeapTimer[] = [];
  #cancelled = 0;

  get size(): number {
    return this.#timers.length - this.#cancelled;
  }

  add(timer: HeapTimer): void {
    const timers = this.#timers;
    let hole = timers.length;
    for (let parent = (hole - 1) >> 1; hole > 0 && isBefore(timer, timers[parent] as HeapTimer); parent = (hole - 1) >> 1) {
      timers[hole] = timers[parent] as HeapTimer;
      hole = parent;
    }
    timers[hole] = timer;
  }

  cancel(timer: HeapTimer): void {
    if (timer.over) return;
    timer.over = true;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled > this.#timers.length / 2) this.#forgetCancelled();
  }

  next(): HeapTimer | undefined {
    while (this.#timers[0]?.over) {
      this.#removeFirst();
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  /** Takes the next timer away, which is the caller's to call back. */
  take(): void {
    const timer = this.next();
    if (!timer) return;
    timer.over = true;
    this.#removeFirst();
  }

  #removeFirst(): void {
    const timers = this.#timers;
    const last = timers.pop() as HeapTimer;
    if (timers.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child + 1 < timers.length && isBefore(timers[child + 1] as HeapTimer, timers[child] as HeapTimer)) child++;
      if (child >= timers.length || !isBefore(timers[child] as HeapTimer, last)) break;
      timers[hole] = timers[child] as HeapTimer;
      hole = child;
    }
    timers[hole] = last;
  }

  #forgetCancelled(): void {
    const pending = this.#timers.filter(({ over }) => !over);
    this.#timers = [];
    this.#cancelled = 0;
    for (const timer of pending) this.add(timer);
  }
}
