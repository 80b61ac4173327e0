/** When an instance that ended is started again. Times are monotonic milliseconds. */
export interface RestartRecord {
  readonly exits: readonly number[];
  /** Exits in a row before the instance was ever ready. */
  readonly unreadyExits: number;
}

export type RestartVerdict = { readonly restart: true; readonly afterMs: number } | { readonly restart: false; readonly words: string };

export const freshRecord: RestartRecord = Object.freeze({ exits: [], unreadyExits: 0 });

const windowMs = 60_000;
const mostInWindow = 5;
const mostUnready = 3;

/** Notes an exit. A life that was ready for a minute clears what went before it. */
export function noteExit(record: RestartRecord, now: number, readyForMs: number | undefined): RestartRecord {
  if (readyForMs !== undefined && readyForMs >= windowMs) return { exits: [now], unreadyExits: 0 };
  return {
    exits: [...record.exits.filter((at) => now - at < windowMs), now],
    unreadyExits: readyForMs === undefined ? record.unreadyExits + 1 : 0,
  };
}

/** At once after the first exit, then half a second and twice as long each time, up to 30 s; never in a crash loop. */
export function decideRestart({ exits, unreadyExits }: RestartRecord, random: () => number): RestartVerdict {
  if (unreadyExits >= mostUnready) return { restart: false, words: `it ended ${unreadyExits} times before it was ready` };
  if (exits.length >= mostInWindow) return { restart: false, words: `it ended ${exits.length} times within a minute` };
  const doublings = exits.length - 2;
  return { restart: true, afterMs: doublings < 0 ? 0 : Math.min(30_000, 500 * 2 ** doublings) * (0.5 + random() / 2) };
}
