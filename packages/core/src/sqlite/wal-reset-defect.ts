/** The first good patch of each line that got the repair; lines from 3.52 on are good. */
const repaired: readonly (readonly [minor: number, patch: number])[] = [
  [44, 6],
  [50, 7],
  [51, 3],
];

/**
 * Whether a version of SQLite has the WAL-reset defect: two connections that write or checkpoint at the same moment may
 * corrupt a file in WAL mode. Repaired in 3.51.3, and in 3.50.7 and 3.44.6 for the older lines (sqlite.org/wal.html#walresetbug).
 */
export function hasWalResetDefect(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  const line = repaired.find(([number]) => number === minor);
  return line ? patch < line[1] : minor < 52;
}
