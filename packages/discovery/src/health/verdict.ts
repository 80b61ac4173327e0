/** What a target's answers so far amount to. */
export interface Verdict {
  /** Undefined before the first answer. */
  readonly healthy: boolean | undefined;
  /** Answers in a row that say the opposite. */
  readonly against: number;
}

export interface Thresholds {
  /** Successes in a row that make an unhealthy target healthy. */
  readonly rise: number;
  /** Failures in a row that make a healthy target unhealthy. */
  readonly fall: number;
}

export const noVerdict: Verdict = { healthy: undefined, against: 0 };

/** The first answer decides at once: until then nothing was known, so there is nothing to protect from flapping. */
export function afterAnswer(verdict: Verdict, well: boolean, { rise, fall }: Thresholds): Verdict {
  if (verdict.healthy === undefined || verdict.healthy === well) return { healthy: verdict.healthy ?? well, against: 0 };
  const against = verdict.against + 1;
  return against >= (well ? rise : fall) ? { healthy: well, against: 0 } : { healthy: verdict.healthy, against };
}
