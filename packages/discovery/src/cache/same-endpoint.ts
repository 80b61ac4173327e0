import type { Endpoint } from '@tutti/core';

/** Whether there is nothing to tell: the same life, as it was. */
export function sameEndpoint(one: Endpoint, other: Endpoint): boolean {
  if (one === other) return true;
  return (
    one.incarnation === other.incarnation &&
    one.state === other.state &&
    one.suspect === other.suspect &&
    one.weight === other.weight &&
    one.host === other.host &&
    one.port === other.port &&
    one.version === other.version &&
    one.zone === other.zone &&
    one.tenant === other.tenant &&
    sameTags(one.tags, other.tags) &&
    sameEntries(one.metadata, other.metadata)
  );
}

function sameTags(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((tag, index) => tag === other[index]));
}

function sameEntries(one: Endpoint['metadata'], other: Endpoint['metadata']): boolean {
  if (one === other) return true;
  const entries = Object.entries(one);
  return entries.length === Object.keys(other).length && entries.every(([key, value]) => Object.hasOwn(other, key) && other[key] === value);
}
