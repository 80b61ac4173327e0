/** Below this a server is as good as idle. */
const easy = 0.5;
const utmost = 0.95;

/** A server's own account of itself counts for so long. */
const validMs = 10_000;

/** What a server last said of how busy it is. */
export class ReportedLoad {
  #load = 0;
  #at: number = Number.NEGATIVE_INFINITY;

  /** @param load From 0 to 1. */
  observe(load: number, now: number): void {
    this.#load = load;
    this.#at = now;
  }

  /** By what it is dearer for that; 1 when it has said nothing for ten seconds. */
  factor(now: number): number {
    return now - this.#at < validMs ? reportedLoadFactor(this.#load) : 1;
  }
}

/**
 * By what a server's own account of how busy it is, from 0 to 1, makes it dearer. Waiting grows with `1 / (1 - load)` (M/M/1), so a
 * process whose event loop is nearly full is avoided before its answers become slow.
 */
export function reportedLoadFactor(load: number): number {
  return load <= easy ? 1 : (1 - easy) / (1 - Math.min(load, utmost));
}
