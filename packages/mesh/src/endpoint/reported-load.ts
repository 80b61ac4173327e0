/** Below this a server is as good as idle. */
const easy = 0.5;
const utmost = 0.95;

/**
 * By what a server's own account of how busy it is, from 0 to 1, makes it dearer. Waiting grows with `1 / (1 - load)` (M/M/1), so a
 * process whose event loop is nearly full is avoided before its answers become slow.
 */
export function reportedLoadFactor(load: number): number {
  return load <= easy ? 1 : (1 - easy) / (1 - Math.min(load, utmost));
}
