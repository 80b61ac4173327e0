import type { Layer } from '@tutti/core';
import type { Exchange, IncomingRequest } from '../http/exchange.ts';
import type { ResponseSink } from '../http/response-sink.ts';
import { type RouteMethod, routeMethods } from '../routing/route-match.ts';
import type { CheckedCors } from './cors-rule.ts';

/** What a service says of it itself is dropped: two answers to who may read are none to a browser. */
const corsHeader = /^access-control-(?!request-)/i;

export function isCorsHeader(name: string): boolean {
  return corsHeader.test(name);
}

/** For which method a browser asks whether a page may use it (Fetch standard, section 4.8); undefined for everything else. */
export function preflightMethod({ method, headers }: IncomingRequest): RouteMethod | undefined {
  if (method !== 'OPTIONS' || headers.single('origin') === undefined) return undefined;
  const asked = headers.single('access-control-request-method');
  return routeMethods.find((known) => known === asked);
}

/** Answers a preflight. Whoever asks gets no identity and no limit of the route: a browser sends neither credentials nor the request itself. */
export function answerPreflight(
  { headers }: IncomingRequest,
  response: ResponseSink,
  cors: CheckedCors,
  methods: readonly RouteMethod[],
): void {
  const origin = headers.single('origin') ?? '';
  const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
  const allowed = cors.allows(origin) ? ['access-control-allow-methods', methods.join(', '), ...cors.preflight] : [];
  response.begin(204, ['vary', vary, ...originHeaders(origin, cors), ...allowed]);
  response.end();
}

/** Lets pages of the origins that are allowed read the answers of a route, whoever gives them: a refusal, too. */
export function corsLayer(cors: CheckedCors): Layer<Exchange, void> {
  return (next) => (exchange, call) => {
    const { request, response } = exchange;
    const origin = request.headers.single('origin');
    exchange.saysWhoMayRead = true;
    if (!cors.isForAll) response.added.push('vary', 'Origin'); // also without one: what a cache keeps of it is not for all
    if (origin !== undefined) response.added.push(...originHeaders(origin, cors));
    return next(exchange, call);
  };
}

function originHeaders(origin: string, { allows, answer, isForAll }: CheckedCors): readonly string[] {
  return allows(origin) ? ['access-control-allow-origin', isForAll ? '*' : origin, ...answer] : [];
}
