/** What stands at one path. */
interface Stop<T> {
  readonly value: T;
  /** What a request that this one does not take is tried with: the next shorter path, whole segments of this one. */
  readonly shorter: Stop<T> | undefined;
}

interface Node<T> {
  /** What the path must go on with to be here. */
  readonly text: string;
  /** For a path that ends here. */
  readonly exact: Stop<T> | undefined;
  /** For a path that ends here or goes on with a slash. */
  readonly prefix: Stop<T> | undefined;
  /** By the code of their first character. */
  readonly children: ReadonlyMap<number, Node<T>>;
}

export interface PathEntry<T> {
  readonly path: string;
  readonly exact: boolean;
  readonly value: T;
}

const slash = 47;

/** Finds, of all paths that a path is or lies under, the longest first. Finding makes nothing: no object, no part of a string. */
export class PathTree<T> {
  readonly #root: Node<T>;

  /** @param entries No two with the same path and the same `exact`. */
  constructor(entries: readonly PathEntry<T>[]) {
    const exact = new Map<string, Stop<T>>();
    const prefix = new Map<string, Stop<T>>();
    const above = (path: string, from: number): Stop<T> | undefined => {
      for (let end = from; end >= 0; end = path.lastIndexOf('/', end - 1)) {
        const found = prefix.get(path.slice(0, end));
        if (found || end === 0) return found;
      }
      return undefined;
    };
    const shortestFirst = entries.toSorted((a, b) => a.path.length - b.path.length || Number(a.exact) - Number(b.exact));
    for (const { path, exact: isExact, value } of shortestFirst) {
      const key = path === '/' && !isExact ? '' : path; // every path is the root, or goes on from it with a slash
      if (isExact) exact.set(key, { value, shorter: above(key, key.length) });
      else prefix.set(key, { value, shorter: key === '' ? undefined : above(key, key.lastIndexOf('/')) });
    }
    this.#root = grow('', [...new Set([...exact.keys(), ...prefix.keys()])].sort(), { exact, prefix });
  }

  /** The first value, from the longest path on, of which `take` makes something. */
  find<R, A, B>(path: string, take: (value: T, a: A, b: B) => R | undefined, a: A, b: B): R | undefined {
    for (let stop = this.#deepest(path); stop; stop = stop.shorter) {
      const taken = take(stop.value, a, b);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  #deepest(path: string): Stop<T> | undefined {
    let deepest: Stop<T> | undefined;
    let at = 0;
    for (let node: Node<T> | undefined = this.#root; node && path.startsWith(node.text, at); ) {
      at += node.text.length;
      const ends = at === path.length;
      if (ends && node.exact) return node.exact;
      if (node.prefix && (ends || path.charCodeAt(at) === slash)) deepest = node.prefix;
      if (ends) break;
      node = node.children.get(path.charCodeAt(at));
    }
    return deepest;
  }
}

interface Stops<T> {
  readonly exact: ReadonlyMap<string, Stop<T>>;
  readonly prefix: ReadonlyMap<string, Stop<T>>;
}

/** @param keys Sorted; all of them begin with `before`. */
function grow<T>(before: string, keys: readonly string[], stops: Stops<T>): Node<T> {
  const here = before === '' ? '' : sharedStart(keys);
  const groups = Map.groupBy(
    keys.filter((key) => key.length > here.length),
    (key) => key.charCodeAt(here.length),
  );
  const children = [...groups].map(([code, group]) => [code, grow(`${here}${String.fromCharCode(code)}`, group, stops)] as const);
  const text = here.slice(Math.max(0, before.length - 1));
  return { text, exact: stops.exact.get(here), prefix: stops.prefix.get(here), children: new Map(children) };
}

/** Of sorted texts it is what the first and the last share. */
function sharedStart(sorted: readonly string[]): string {
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
