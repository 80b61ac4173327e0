import type { Random } from '../runtime/random.ts';
import type { Entry } from './entry.ts';

/** Smaller draws than this do not exist: the largest factor that `-ln(draw)` can give. */
const longestDraw = 37;

/**
 * Whether this reader should refresh a fresh entry now: `now - loadMs * beta * ln(random) >= expiry`, so the nearer the end
 * and the slower the load, the likelier; whatever the number of readers, about one does before the end
 * (Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015, algorithm XFetch).
 */
export function refreshesEarly(entry: Entry, now: number, beta: number, random: Random): boolean {
  const scale = entry.loadMs * beta;
  if (scale === 0 || entry.freshUntil - now > scale * longestDraw || now < entry.retryAt) return false;
  return now - scale * Math.log(1 - random()) >= entry.freshUntil;
}
