import { remembered } from '../http/remembered.ts';

/**
 * Headers of one connection, which end there (RFC 9110, section 7.6.1), and those that frame a message, which each side
 * writes for itself.
 */
const perHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]);

/** Whether a header of a client, in lower case, goes on to a service: it is of the whole way, and not the gateway's own to say. */
export const goesOn: (name: string) => boolean = remembered((name) => !isPerHop(name) && !isOwnName(name));

/** Whether a header of a service, in any spelling, goes back to the client; a length frames what follows, or is dropped. */
export const goesBack: (name: string) => 'yes' | 'no' | 'length' = remembered((name) => {
  const lower = name.toLowerCase();
  if (lower === 'content-length') return 'length';
  return isPerHop(lower) || lower === 'tutti-load' ? 'no' : 'yes';
});

export function isPerHop(name: string): boolean {
  return perHop.has(name);
}

/** What the gateway says itself, or what would let a client speak as somebody else or ask for another path. */
const written: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'via',
  'forwarded',
  'traceparent',
  'tracestate',
  'baggage',
  'x-correlation-id',
  'x-request-id',
  'idempotency-key',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
]);
const claims = /^(?:tutti|x-user|x-tenant|x-forwarded)(?:-|$)/;

const plain = /^[a-z\d-]+$/;

/** Whatever is no letter or digit becomes `_` where a server makes a variable of a header (RFC 3875, section 4.1.18, as widely practised): all those spellings are one name. */
export function isOwnName(name: string): boolean {
  const dashed = plain.test(name) ? name : name.replace(/[^a-z\d]/g, '-');
  return written.has(dashed) || claims.test(dashed);
}

/** What must be known before the body is read: framing, routing, authentication, content format and controls (RFC 9110, section 6.5.1). */
const headOnly: ReadonlySet<string> = new Set([
  ...perHop,
  'content-length',
  'host',
  'authorization',
  'www-authenticate',
  'authentication-info',
  'proxy-authentication-info',
  'cookie',
  'set-cookie',
  'content-encoding',
  'content-type',
  'content-range',
  'age',
  'cache-control',
  'date',
  'expires',
  'location',
  'retry-after',
  'vary',
  'warning',
  'max-forwards',
  'pragma',
  'range',
]);

/** Whether a field may follow the body: nobody who merged it into the head could be misled by it. */
export function isTrailable(name: string): boolean {
  return !headOnly.has(name) && !isOwnName(name) && !name.startsWith('if-');
}

const none: ReadonlySet<string> = new Set();

/** The headers that a Connection header declares to be of this connection only. */
export function nominated(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return none;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((option) => option.trim()),
  );
}
