/** A request to the inspection API, whatever carried it. */
export interface InspectionRequest {
  /** In upper case. */
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Read only where a body is wanted, by whoever may send one, and no further than allowed. */
  readonly body?: AsyncIterable<Uint8Array>;
}

export interface InspectionResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or nothing. */
  readonly body: string;
}

/** An answer in JSON that no cache keeps and no page runs. */
export function jsonResponse(
  status: number,
  value: unknown,
  { type = 'application/json', headers = {} }: { readonly type?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): InspectionResponse {
  const guarded = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  };
  return { status, headers: { 'content-type': type, ...guarded, ...headers }, body: JSON.stringify(value, presentable) };
}

/** What JSON cannot hold; one odd field must not hide a page. */
function presentable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}
