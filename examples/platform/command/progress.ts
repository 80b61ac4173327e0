/** Says what is going on, on standard error: standard output belongs to results. */
export interface Progress {
  say(line: string): void;
  /** Says a step and how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

export function progressTo(write: (text: string) => void): Progress {
  return {
    say: (line) => write(`${line}\n`),
    async step(what, work) {
      const startedAt = performance.now();
      const result = await work();
      write(`  ${what} ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
      return result;
    },
  };
}
