// What a contestant wants to be, as ratios to others of the same round: { metric, of, atLeast | atMost }; neither of
// them only shows the ratio.
import { median, table } from './stats.mjs';

/** Prints what was reached: the median over rounds, and the lowest and highest, as one run is no proof on a machine that others use too. */
export function goalTable(title, list, rounds) {
  const rows = list.flatMap(({ name, goals = [] }) =>
    goals.flatMap(({ metric, of, atLeast, atMost }) => {
      const ratios = rounds.filter((r) => r[name] && r[of]).map((r) => r[name][metric] / r[of][metric]);
      if (ratios.length === 0) return [];
      const ratio = median(ratios);
      const row = { name, metric, of, ratio, low: Math.min(...ratios), high: Math.max(...ratios) };
      if (atLeast !== undefined) return [{ ...row, goal: `>= ${atLeast}`, met: ratio >= atLeast ? 'yes' : 'NO' }];
      if (atMost !== undefined) return [{ ...row, goal: `<= ${Number(atMost.toPrecision(3))}`, met: ratio <= atMost ? 'yes' : 'NO' }];
      return [row];
    }),
  );
  if (rows.length === 0) return;
  table(title, [
    ['contestant', (r) => r.name], ['metric', (r) => r.metric], ['beside', (r) => r.of], ['ratio', (r) => r.ratio], ['lowest', (r) => r.low], ['highest', (r) => r.high], ['goal', (r) => r.goal], ['met', (r) => r.met],
  ], rows);
}
