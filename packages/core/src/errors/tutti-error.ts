/**
 * What a failure means for whoever guards the work:
 * - `unsent`: the work was not begun, for a reason on this side, which says nothing about the target.
 * - `unreachable`: the target could not be reached; the work was not begun.
 * - `transient`: the target failed; the work may have been done, in part or whole.
 * - `timeout`: no answer in time; the work may have been done.
 * - `permanent`: the same input will fail again, and the target is well.
 * - `cancelled`: the caller lost interest.
 */
export type FailureClass = 'unsent' | 'unreachable' | 'transient' | 'timeout' | 'permanent' | 'cancelled';

/** What an error table says about one code: nothing of HTTP, only what a caller needs in order to decide. */
export interface ErrorSpec<D> {
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** @defaultValue `transient` when retryable, else `permanent` */
  readonly failure?: FailureClass | ((details: D) => FailureClass);
  message(details: D): string;
}

const brand = '@tutti/error';

/**
 * The one error class of the kit. Callers tell errors apart by `code`; `details` is typed by the code.
 * Recognise it with {@link TuttiError.is}, which survives two copies of the package in one process, unlike `instanceof`.
 */
export class TuttiError<C extends string = string, D = unknown> extends Error {
  readonly code: C;
  readonly details: D;
  readonly retryable: boolean;
  readonly failure: FailureClass;
  readonly '@tutti/error': true;

  constructor(code: C, details: D, spec: ErrorSpec<D>, options?: { readonly cause?: unknown }) {
    super(spec.message(details), options);
    this.name = 'TuttiError';
    this.code = code;
    this.details = details;
    this.retryable = spec.retryable;
    const { failure = spec.retryable ? 'transient' : 'permanent' } = spec;
    this.failure = typeof failure === 'function' ? failure(details) : failure;
    this['@tutti/error'] = true;
  }

  /** True for an error of the kit; with `code`, for that code only. Never throws, whatever somebody threw. */
  static is<C extends string = string>(value: unknown, code?: C): value is TuttiError<C> {
    try {
      if (typeof value !== 'object' || value === null || !(brand in value)) return false;
      return code === undefined || ('code' in value && value.code === code);
    } catch {
      return false; // a revoked proxy, a getter that throws
    }
  }

  /** What goes into logs and over wires: no stack, no cause. */
  toJSON(): { readonly code: C; readonly message: string; readonly details: D; readonly retryable: boolean } {
    return { code: this.code, message: this.message, details: this.details, retryable: this.retryable };
  }
}
