/** What a request to the fake is, whether it came over HTTP or not. */
export interface FakeRequest {
  readonly method: string;
  /** Everything after `/v1/`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined for an empty body. */
  readonly body?: object;
}

/** The envelope around every success. */
export function success(fields: object, id: () => string): FakeAnswer {
  const envelope = {
    request_id: id(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: null,
    wrap_info: null,
    warnings: null,
    auth: null,
  };
  return { status: 200, body: { ...envelope, ...fields } };
}

export const noContent: FakeAnswer = { status: 204 };

export function failure(status: number, ...errors: readonly string[]): FakeAnswer {
  return { status, body: { errors } };
}

/** As Vault words them. */
export const denied: FakeAnswer = failure(403, '1 error occurred:\n\t* permission denied\n\n');
export const badToken: FakeAnswer = failure(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n');
export const sealed: FakeAnswer = failure(503, 'Vault is sealed');
export const missing: FakeAnswer = failure(404);

/** Whole seconds that are left; Vault counts in nothing smaller. A real clock has fractions, of which the differences are not exact. */
export const seconds = (ms: number): number => Math.max(0, Math.floor(Math.round(ms) / 1_000));
