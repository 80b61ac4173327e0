import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** How often the file is looked at for commits of processes that cannot be heard: often after one, then ever more rarely. */
const busyMs = 25;
const idleMs = 250;

/**
 * Tells listeners of commits. Beside being rung it looks, while anybody listens, whether `version` has changed; that is the
 * only thing that costs an idle process anything.
 */
export class CommitBell {
  readonly #runtime: Runtime;
  readonly #version: (() => number) | undefined;
  readonly #listeners = new Set<() => void>();
  #seen: number | undefined;
  #intervalMs = busyMs;
  #open = false;
  #watch: Repeating | undefined;

  /** @param version Gives another number after a commit of anybody; without it there is nobody else. */
  constructor(runtime: Runtime, version?: () => number) {
    this.#runtime = runtime;
    this.#version = version;
  }

  listen(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#watchIfWanted();
    return () => {
      this.#listeners.delete(own);
      this.#watchIfWanted();
    };
  }

  /** From now on others may commit. */
  open(): void {
    this.#open = true;
    this.#watchIfWanted();
  }

  close(): void {
    this.#open = false;
    this.#watchIfWanted();
  }

  /** Notes the version first: what is committed while the listeners run must ring again. */
  ring(): void {
    if (this.#listeners.size === 0) return;
    this.#intervalMs = busyMs;
    if (this.#watch) this.#seen = this.#version?.();
    for (const listener of this.#listeners) listener();
  }

  #watchIfWanted(): void {
    const wanted = this.#open && this.#version !== undefined && this.#listeners.size > 0;
    if (wanted === (this.#watch !== undefined)) return;
    if (wanted) {
      this.#seen = this.#version?.();
      this.#watch = repeat(this.#runtime, { name: 'watching for commits', intervalMs: () => this.#intervalMs }, () => this.#look());
    } else {
      void this.#watch?.stop();
      this.#watch = undefined;
    }
  }

  #look(): void {
    if (this.#version?.() === this.#seen) this.#intervalMs = Math.min(idleMs, this.#intervalMs * 2);
    else this.ring();
  }
}
