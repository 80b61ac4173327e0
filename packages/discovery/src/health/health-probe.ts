import { type Call, callable, checkOptions, type Probe, type Rule, shown, TuttiError, text, wholeNumber } from '@tutti/core';

/** What to ask: a probe that travels as data, or a function of this process. */
export type HealthProbe =
  | Probe
  /** Resolves when all is well and throws what is wrong. It is told by `call.signal` when nobody waits any more. */
  | { readonly kind: 'function'; readonly check: (call: Call) => Promise<void> };

const members = {
  http: { required: { url: httpUrl }, optional: { identity: text } },
  tcp: { required: { host: text, port: wholeNumber({ min: 1, max: 65_535 }) }, optional: {} },
  function: { required: { check: callable }, optional: {} },
} as const;

/** A {@link HealthProbe}. */
export const healthProbe: Rule = (value) => {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind !== 'http' && kind !== 'tcp' && kind !== 'function')
    return `must be a probe of kind 'http', 'tcp' or 'function', got ${shown(value)}`;
  try {
    const { required, optional } = members[kind];
    checkOptions<object, object>('it', value as object, { required: { kind: () => undefined, ...required }, optional });
    return undefined;
  } catch (error) {
    if (!TuttiError.is(error, 'INVALID_OPTIONS')) throw error;
    return `must be a probe of kind '${kind}', but ${error.message}`;
  }
};

function httpUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? undefined : `must be an http or https URL, got ${shown(value)}`;
}
