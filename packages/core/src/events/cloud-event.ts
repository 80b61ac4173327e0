/**
 * The envelope of every event: CloudEvents 1.0 in its JSON form. Its identity is `source` + `id`.
 * Extension attributes follow the specification's naming (lower-case letters and digits).
 */
export interface CloudEvent<T extends string = string, D = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  /** Who says it: a URI reference, for example the name of a service. */
  readonly source: string;
  readonly type: T;
  /** RFC 3339. */
  readonly time: string;
  /** The ordering key. */
  readonly subject?: string;
  readonly datacontenttype: 'application/json';
  readonly data: D;
  /** The version of `data`, when the catalogue names one. */
  readonly dataversion?: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly correlationid?: string;
  /** The id of the event that caused this one. */
  readonly causationid?: string;
  readonly tenantid?: string;
  readonly principal?: string;
  readonly idempotencykey?: string;
  /** Absent: normal. */
  readonly priority?: 'high' | 'low';
  /** The dead letter this delivery was replayed from; no part of the stored event. */
  readonly replayedfrom?: string;
}
