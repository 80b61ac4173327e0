import type { Runtime } from './runtime.ts';

/** A background loop. `stop` resolves when the turn that is running, if any, has ended. */
export interface Repeating {
  /** Runs the next turn now instead of at its time. A turn that is running is followed by one more. */
  trigger(): void;
  stop(): Promise<void>;
}

/**
 * Runs `turn` again and again, never two at once, `intervalMs` (± `jitter`, a share) after the last one ended.
 * A turn that throws is logged as an error and the loop goes on. Does not keep the process alive.
 */
export function repeat(
  runtime: Runtime,
  options: { readonly name: string; readonly intervalMs: number | (() => number); readonly jitter?: number },
  turn: () => void | Promise<void>,
): Repeating {
  const { clock, logger, random } = runtime;
  const { name, jitter = 0 } = options;
  const interval = (): number => (typeof options.intervalMs === 'number' ? options.intervalMs : options.intervalMs());
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let timer = arm();

  function arm(): ReturnType<typeof clock.after> {
    const armed = clock.after(interval() * (1 + jitter * (2 * random() - 1)), run);
    armed.unref();
    return armed;
  }
  function run(): void {
    running = (async () => {
      try {
        await turn();
      } catch (error) {
        logger.log('error', `${name} failed; it goes on`, { error });
      }
      running = undefined;
      if (stopped) return;
      if (again) {
        again = false;
        run();
      } else timer = arm();
    })();
  }
  return {
    trigger() {
      if (stopped) return;
      if (running) again = true;
      else {
        timer.cancel();
        run();
      }
    },
    async stop() {
      stopped = true;
      timer.cancel();
      await running;
    },
  };
}
