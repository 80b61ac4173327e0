/** How much a process has to do, as it says itself. */
export interface LoadReport {
  /** The share of the time in which its event loop was busy, from 0 to 1, in hundredths. */
  readonly utilization: number;
  /** For how long the longest waiting call had waited, in whole milliseconds, at most a day. */
  readonly queueAgeMs: number;
}

/** The response header that carries a report, in lower case. */
export const loadHeader = 'tutti-load';

const longestMs = 86_400_000;
const pattern = /^u=(0(?:\.\d{1,2})?|1(?:\.00?)?);q=(0|[1-9]\d{0,7})$/;

/** `u=0.83;q=12`. What is not a number is none: a report never says more than is known. */
export function loadText({ utilization, queueAgeMs }: LoadReport): string {
  const share = Math.min(1, Math.max(0, utilization || 0));
  const ageMs = Math.min(longestMs, Math.max(0, Math.round(queueAgeMs || 0)));
  return `u=${Math.round(share * 100) / 100};q=${ageMs}`;
}

/** Adds a report to the headers of a response. */
export function writeLoadHeader(headers: Record<string, string>, report: LoadReport): void {
  headers[loadHeader] = loadText(report);
}

/** What a response says of its sender's load. Anything that is not exactly such a report, or comes twice, is treated as absent. */
export function readLoadHeader(headers: Readonly<Record<string, string | readonly string[] | undefined>>): LoadReport | undefined {
  const value = headers[loadHeader];
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const [, utilization, queueAgeMs] = pattern.exec(value) ?? [];
  if (utilization === undefined || queueAgeMs === undefined || Number(queueAgeMs) > longestMs) return undefined;
  return { utilization: Number(utilization), queueAgeMs: Number(queueAgeMs) };
}
