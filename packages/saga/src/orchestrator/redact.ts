/** A copy without the values of members of these names, at any depth; the value itself where there is nothing to hide. */
export function redacted(value: unknown, names: readonly string[]): unknown {
  return names.length === 0 ? value : without(value, new Set(names));
}

function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, names.has(name) ? '[redacted]' : without(member, names)]));
}
