import { type Duration, duration, durationMs, type Rule } from '@tutti/core';

/** A time in which something can happen. */
export const someTime: Rule = (value) => duration(value) ?? (wholeMs(value as Duration) > 0 ? undefined : `must be longer, got '${value}'`);

/** Stores keep times as whole numbers. */
export const wholeMs = (time: Duration, path?: string): number => Math.round(durationMs(time, path));
