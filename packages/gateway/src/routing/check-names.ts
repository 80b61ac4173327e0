import { coreError } from '@tutti/core';
import type { PlacedMiddleware } from '../middleware/middleware-stack.ts';
import type { CheckedRouteRule } from './route-rule.ts';

export interface KnownNames {
  /** Undefined where any service may be named. */
  readonly services: readonly string[] | undefined;
  readonly middleware: readonly PlacedMiddleware[];
}

/** A name that nobody knows is refused when it is written, not when the first request meets it. @throws INVALID_OPTIONS naming the path. */
export function checkNames(rule: CheckedRouteRule, at: string, { services, middleware }: KnownNames): void {
  if (services && !services.includes(rule.serviceName)) unknown(`${at}.serviceName`, 'service', rule.serviceName, services);
  const offered = middleware.filter((placed) => placed.offered).map(({ name }) => name);
  for (const [index, name] of (rule.middleware ?? []).entries())
    if (!offered.includes(name)) unknown(`${at}.middleware[${index}]`, 'middleware that the gateway offers', name, offered);
}

function unknown(path: string, what: string, name: string, known: readonly string[]): never {
  const others = known.length === 0 ? 'there is none' : `known are ${known.join(', ')}`;
  throw coreError('INVALID_OPTIONS', { path, problem: `is no ${what}: '${name}'; ${others}` });
}
