/** Deeper than any page a person made; a tree this deep costs time with the square of its depth. */
const deepest = 1_000;
/** How many open elements end tags without a beginning may be compared with, all together: a parser does the same. */
const mostCompared = 10_000_000;

const tag = /<(\/?)([a-z][a-z0-9]*)/gi;
const ignored = /<!--[\s\S]*?(?:-->|$)|<(script|style|textarea|title)\b[\s\S]*?(?:<\/\1|$)/gi;
const empty = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr']);
/** Elements whose end tag may be left out: one of these on top is closed by the next. */
const replaces: ReadonlyMap<string, readonly string[]> = new Map([
  ['p', ['p']],
  ['li', ['li', 'p']],
  ['dd', ['dd', 'dt', 'p']],
  ['dt', ['dd', 'dt', 'p']],
  ['tr', ['tr', 'td', 'th', 'p']],
  ['td', ['td', 'th', 'p']],
  ['th', ['td', 'th', 'p']],
  ['option', ['option']],
]);

/** Whether elements are opened and closed as no honest page does, so that a parser would take very long over them. */
export function isTangled(html: string): boolean {
  const open: string[] = [];
  let compared = 0;
  for (const [, slash, written = ''] of html.replace(ignored, '').matchAll(tag)) {
    const name = written.toLowerCase();
    if (empty.has(name)) continue;
    if (slash) {
      const at = open.lastIndexOf(name);
      if (at !== -1) open.length = at;
      else compared += open.length;
      if (compared > mostCompared) return true;
      continue;
    }
    const replaced = replaces.get(name);
    while (replaced?.includes(open.at(-1) ?? '')) open.pop();
    if (open.push(name) > deepest) return true;
  }
  return false;
}
