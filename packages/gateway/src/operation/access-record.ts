/** What became of one request. Holds nothing that a header or a query kept secret. */
export interface AccessRecord {
  readonly requestId: string;
  readonly traceId: string;
  /** The route that took it: its methods and path. Absent when none did. */
  readonly route?: string;
  readonly serviceName?: string;
  readonly method: string;
  /** Path, or path and query without their secrets, as the options say. Absent with 'route'. */
  readonly target?: string;
  readonly httpVersion: string;
  /** Of the answer; 0 when there was none. */
  readonly status: number;
  /** Whether the client got a whole answer, one that broke off, or left before that. */
  readonly outcome: 'answered' | 'broken off' | 'client left';
  /** The code of the refusal, or of what broke the answer off. */
  readonly code?: string;
  /** Bytes of the two bodies. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** From the beginning until an answer began. */
  readonly answeredAfterMs?: number;
  /** The instance that was asked last, and its version. */
  readonly instanceId?: string;
  readonly version?: string;
  /** How many instances were asked. */
  readonly attempts: number;
  /** The client's address as far as the options show it. */
  readonly client?: string;
  readonly principal?: string;
  readonly tenant?: string;
  /** Those that the options name, without secrets. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes records. Must not throw and must not keep anybody waiting. */
export type AccessSink = (record: AccessRecord) => void;
