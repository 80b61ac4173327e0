const knownNames = 1_000;

/** Remembers what was found out of a name, for as many as are commonly sent: they are the same ones again and again. */
export function remembered<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = find(name);
    if (known.size < knownNames) known.set(name, found);
    return found;
  };
}
