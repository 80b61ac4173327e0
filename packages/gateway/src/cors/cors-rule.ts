import { anyOf, checkOptions, coreError, type Duration, duration, durationMs, flag, listOf, matching, oneOf, type Rule } from '@tutti/core';

/** Which pages of other origins may call a route from a browser, and what they get to see (Fetch standard, section 3.3). */
export interface CorsRule {
  /** As the Origin header has them: `https://app.example`, or `https://*.example` for all names below `example`; `'*'` for every page there is. */
  readonly origins: '*' | readonly string[];
  /** Whether browsers send cookies and other credentials along. Not with `'*'`: every page could act for whoever is logged in. @defaultValue false */
  readonly credentials?: boolean;
  /** Request headers that pages may set, beside those that every page may. @defaultValue [] */
  readonly allowHeaders?: readonly string[];
  /** Response headers that pages may read, beside those that every page may. @defaultValue [] */
  readonly exposeHeaders?: readonly string[];
  /** How long browsers remember the answer to a preflight; some of them no longer than two hours. @defaultValue '10m' */
  readonly maxAge?: Duration;
}

export const corsDefaults = { credentials: false, allowHeaders: [], exposeHeaders: [], maxAge: '10m' } as const;

const origin: Rule = matching(
  "an origin in lower case such as 'https://app.example', 'https://*.example' or 'http://localhost:3000'",
  /^https?:\/\/(?:\*\.)?[a-z\d_-]+(?:\.[a-z\d_-]+)*(?::\d{1,5})?$/,
);
const headerName: Rule = matching('the name of a header', /^[\w!#$%&'*+.^`|~-]{1,128}$/);

/** What answers are made of, worked out once for each route. */
export interface CheckedCors {
  readonly allows: (origin: string) => boolean;
  /** Of every answer to an origin that is allowed, but for the origin: name, value, name, value. */
  readonly answer: readonly string[];
  /** Of the answer to a preflight, beside that. */
  readonly preflight: readonly string[];
  /** Whether answers are the same for all origins. */
  readonly isForAll: boolean;
}

/** @throws INVALID_OPTIONS naming the path. */
export function checkCorsRule(path: string, rule: CorsRule): CorsRule {
  const checked = checkOptions(path, rule, {
    required: { origins: anyOf(oneOf('*'), listOf(origin)) },
    optional: { credentials: flag, allowHeaders: listOf(headerName), exposeHeaders: listOf(headerName), maxAge: duration },
  });
  const fail = (name: string, problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path: `${path}.${name}`, problem });
  };
  if (checked.origins.length === 0) fail('origins', 'must name at least one');
  if (checked.origins === '*' && checked.credentials) fail('credentials', 'cannot be sent to every origin there is; name those that may');
  return Object.freeze(checked);
}

export function compileCors(rule: CorsRule): CheckedCors {
  const { origins, credentials, allowHeaders, exposeHeaders, maxAge } = { ...corsDefaults, ...rule };
  const listed = (name: string, values: readonly string[]): readonly string[] => (values.length > 0 ? [name, values.join(', ')] : []);
  return {
    allows: origins === '*' ? () => true : oneOfOrigins(origins),
    isForAll: origins === '*',
    answer: [
      ...(credentials ? ['access-control-allow-credentials', 'true'] : []),
      ...listed('access-control-expose-headers', exposeHeaders),
    ],
    preflight: [
      ...listed('access-control-allow-headers', allowHeaders),
      'access-control-max-age',
      String(Math.floor(durationMs(maxAge) / 1_000)),
    ],
  };
}

function oneOfOrigins(origins: readonly string[]): (origin: string) => boolean {
  const whole = new Set(origins.filter((each) => !each.includes('*')));
  const below = origins.filter((each) => each.includes('*')).map((each) => each.split('*') as [scheme: string, rest: string]);
  return (origin) =>
    whole.has(origin) ||
    below.some(
      ([scheme, rest]) =>
        origin.startsWith(scheme) && origin.endsWith(rest) && /^[a-z\d_.-]+$/.test(origin.slice(scheme.length, -rest.length)),
    );
}
