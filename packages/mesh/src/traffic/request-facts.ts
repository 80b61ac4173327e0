import type { TrafficUnit } from '@tutti/core';

/** What a plan may look at. A `Call` with `headers` beside it fits. */
export interface RequestFacts {
  readonly tenant?: string | undefined;
  readonly principal?: string | undefined;
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** The first value of a header whose name is given in lower case, as most names are; other spellings are looked for after that. */
export function headerOf(facts: RequestFacts, name: string): string | undefined {
  const { headers } = facts;
  if (headers === undefined) return undefined;
  if (Object.hasOwn(headers, name)) return first(headers[name]);
  for (const given in headers) {
    if (given.length === name.length && given.toLowerCase() === name) return first(headers[given]);
  }
  return undefined;
}

/** Undefined when the request does not say it. */
export function unitOf(facts: RequestFacts, bucketBy: TrafficUnit | undefined): string | undefined {
  if (bucketBy === undefined) return undefined;
  const unit = typeof bucketBy === 'object' ? headerOf(facts, bucketBy.header) : facts[bucketBy];
  return unit === '' ? undefined : unit;
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}
