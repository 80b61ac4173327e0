import { gatewayError } from '../errors.ts';
import type { IncomingRequest } from '../http/exchange.ts';
import type { RouteMatch, ValueMatch } from './route-match.ts';

/** What of a request routes are found by, beside its method and path. */
export type Asked = Pick<IncomingRequest, 'headers' | 'target'>;

/** One header or query parameter that a route asks for. */
export interface Condition {
  readonly from: 'headers' | 'query';
  readonly name: string;
  readonly value: ValueMatch;
}

export function conditionsOf({ headers = {}, query = {} }: RouteMatch): readonly Condition[] {
  const of = (from: Condition['from'], values: Readonly<Record<string, ValueMatch>>): readonly Condition[] =>
    Object.entries(values).map(([name, value]) => ({ from, name, value }));
  return [...of('headers', headers), ...of('query', query)];
}

/** @throws GATEWAY_BAD_REQUEST where what is asked for came more than once: whoever serves the request could read another one of them. */
export function meets(asked: Asked, { from, name, value }: Condition): boolean {
  const found = from === 'headers' ? headerValue(asked, name) : queryValue(asked.target, name);
  if (found === undefined) return false;
  return typeof value === 'string' ? found === value : found.startsWith(value.prefix);
}

function headerValue({ headers }: Asked, name: string): string | undefined {
  if (headers.isRepeated(name)) throw gatewayError('GATEWAY_BAD_REQUEST', { problem: `the header ${name} came more than once` });
  return headers.single(name);
}

/** The value of a query parameter, decoded as in a form (WHATWG URL, section 5.1). */
function queryValue(target: string, name: string): string | undefined {
  const at = target.indexOf('?');
  if (at === -1) return undefined;
  const values = new URLSearchParams(target.slice(at + 1)).getAll(name);
  if (values.length > 1)
    throw gatewayError('GATEWAY_BAD_REQUEST', { problem: 'a parameter of the query by which routes are found came more than once' });
  return values[0];
}
