import type { Handler } from '../handler/handler.ts';

export interface ServiceRequest {
  readonly serviceName: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and strings go out as they are; anything else as JSON with its content type. */
  readonly body?: unknown;
}

/** A whole response; any status is a response, also 500. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  text(): string;
  /** @throws INVALID_DATA when the body is no JSON. */
  json(): unknown;
}

/**
 * Calls a service by name: picks an instance, sends, tries another where that is safe, reports the outcome.
 * A request may be sent twice only when its method is idempotent (RFC 9110, section 9.2.2), the call carries an
 * idempotency key, or nothing of it left this process.
 */
export type ServiceCaller = Handler<ServiceRequest, ServiceResponse>;
