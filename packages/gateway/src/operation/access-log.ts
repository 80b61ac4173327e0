import { type Call, callable, checkOptions, coreError, listOf, matching, oneOf, TuttiError } from '@tutti/core';
import type { AccessRecord, AccessSink } from './access-record.ts';
import { clientPrefix, type ShownAddress } from './client-prefix.ts';
import type { Redaction } from './redaction.ts';
import type { Visit } from './visit.ts';

export interface AccessLogOptions {
  /** Gets a record of every request. @defaultValue the runtime's logger, at `info` */
  readonly sink?: AccessSink;
  /**
   * What is written of the request's target: the path of its route alone, its path, or its query too, where parameters that hold secrets
   * show only their names. `route` is for paths that hold secrets themselves. @defaultValue 'path'
   */
  readonly target?: 'route' | 'path' | 'query';
  /** What is written of the client's address: its network (/24, /48), all of it, or nothing. @defaultValue 'prefix' */
  readonly clientAddress?: ShownAddress;
  /** Request headers to write down. One that holds secrets is refused. @defaultValue [] */
  readonly headers?: readonly string[];
}

export const accessLogDefaults = { target: 'path', clientAddress: 'prefix', headers: [] } as const;

/** Writes a record of every request. */
export class AccessLog {
  readonly #options: Required<Omit<AccessLogOptions, 'sink'>>;
  readonly #sink: AccessSink | undefined;
  readonly #redaction: Redaction;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: AccessLogOptions | undefined, redaction: Redaction) {
    const checked = checkOptions(
      'gateway.accessLog',
      options,
      {
        optional: {
          sink: callable,
          target: oneOf('route', 'path', 'query'),
          clientAddress: oneOf('prefix', 'whole', 'none'),
          headers: listOf(matching('a header in lower case', /^[a-z\d!#$%&'*+.^_`|~-]+$/)),
        },
      },
      accessLogDefaults,
    );
    for (const [index, name] of checked.headers.entries()) {
      if (redaction.isSecretHeader(name))
        throw coreError('INVALID_OPTIONS', { path: `gateway.accessLog.headers[${index}]`, problem: `holds secrets: '${name}'` });
    }
    this.#options = checked;
    this.#sink = checked.sink;
    this.#redaction = redaction;
  }

  write(visit: Visit, call: Call): void {
    const { logger } = call.runtime;
    if (this.#sink) this.#sink(this.#record(visit, call));
    else if (logger.enabled('info')) logger.log('info', 'a request', { ...this.#record(visit, call) });
  }

  #record(visit: Visit, call: Call): AccessRecord {
    const { request, response, rule, exchange, error, beganAt } = visit;
    const { endpoint, identity, tried } = exchange;
    const { target, clientAddress, headers } = this.#options;
    return {
      requestId: visit.requestId,
      traceId: call.traceparent.split('-')[1] ?? '',
      ...(rule && { route: rule.id, serviceName: rule.serviceName }),
      method: request.method,
      ...(target !== 'route' && { target: target === 'query' ? this.#redaction.url(request.target) : pathOf(request.target) }),
      httpVersion: request.httpVersion,
      status: visit.status,
      outcome: visit.outcome,
      ...(error !== undefined && { code: TuttiError.is(error) ? error.code : 'INTERNAL' }),
      bytesIn: request.body?.received ?? 0,
      bytesOut: response.bytes,
      durationMs: call.runtime.clock.now() - beganAt,
      ...(response.beganAt !== undefined && { answeredAfterMs: response.beganAt - beganAt }),
      ...(endpoint && { instanceId: endpoint.instanceId }),
      ...(endpoint?.version !== undefined && { version: endpoint.version }),
      attempts: tried.length,
      ...(clientAddress !== 'none' && { client: this.#client(request.clientAddress) }),
      ...(identity && { principal: identity.principal }),
      ...(identity?.tenant !== undefined && { tenant: identity.tenant }),
      ...(headers.length > 0 && { headers: this.#headers(visit) }),
    };
  }

  #client(address: string | undefined): string {
    return this.#options.clientAddress === 'whole' ? (address ?? 'unknown') : clientPrefix(address);
  }

  #headers({ request }: Visit): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const name of this.#options.headers) {
      const value = request.headers.combined(name);
      if (value !== undefined) shown[name] = this.#redaction.header(name, value);
    }
    return shown;
  }
}

/** Some clients send a whole URL, and what stands before its host is a secret. */
function pathOf(target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? '';
  return path.startsWith('/') ? path : '';
}
