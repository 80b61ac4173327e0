/** An endpoint is given so much more than its share before the next level is asked to help. Envoy's over-provisioning factor. */
const overProvisioning = 1.4;

export interface LevelLoad {
  /** Of 100 requests so many go to this level. */
  readonly percent: number;
  /** Whether the level is so ill that the health of its endpoints is no longer believed. */
  readonly panic: boolean;
}

/**
 * How requests are divided between levels of priority, the first one first, by the share of each level's endpoints that are available.
 * A level keeps everything until fewer than 1 / 1.4 of its endpoints are available; then the next ones make up for it. Panic is
 * only thought of when all levels together cannot take everything (Envoy, "Priority levels" and "Panic threshold").
 *
 * @param available From 0 to 1, a level each.
 */
export function priorityLoads(available: readonly number[], panicBelow: number): readonly LevelLoad[] {
  const effective = available.map((share) => Math.min(100, Math.floor(share * 100 * overProvisioning + 1e-9)));
  const total = Math.min(
    100,
    effective.reduce((sum, percent) => sum + percent, 0),
  );
  const panics = (share: number): boolean => total < 100 && share < panicBelow;
  if (total === 0) return available.map((share, level) => ({ percent: level === 0 ? 100 : 0, panic: panics(share) }));
  let left = 100;
  const loads = effective.map((percent, level) => {
    const own = Math.min(left, Math.floor((percent * 100) / total));
    left -= own;
    return { percent: own, panic: panics(available[level] as number) };
  });
  // what rounding left goes to the first level that takes anything
  const first = loads.findIndex(({ percent }) => percent > 0);
  return loads.map((load, level) => (level === first ? { ...load, percent: load.percent + left } : load));
}
