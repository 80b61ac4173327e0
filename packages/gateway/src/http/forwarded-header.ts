/** The parameters of one element of a Forwarded header, by name in lower case. */
export type ForwardedElement = Readonly<Record<string, string>>;

const pair = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:[\]-]*))\s*([;,]|$)/y;

/**
 * The elements of a Forwarded header (RFC 7239, section 4), the farthest first. Where something cannot be read, all before it is dropped,
 * because nobody knows any more where an element ends: the walk from the near end stops there. Also taken are addresses without the quotes
 * that they need, as many proxies write them.
 */
export function forwardedElements(value: string): readonly ForwardedElement[] {
  let elements: ForwardedElement[] = [];
  let element: Record<string, string> = {};
  pair.lastIndex = 0;
  for (let at = 0; at < value.length; at = pair.lastIndex) {
    pair.lastIndex = at;
    const found = pair.exec(value);
    if (!found) {
      const comma = value.indexOf(',', at);
      if (comma === -1) return [];
      [elements, element] = [[{}], {}];
      pair.lastIndex = comma + 1;
      continue;
    }
    const [, name = '', quoted, token = '', end] = found;
    element[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? token;
    if (end !== ';') {
      elements.push(element);
      element = {};
    }
  }
  if (Object.keys(element).length > 0) elements.push(element);
  return elements;
}
