import { defineErrors, type ErrorFactory } from './define-errors.ts';
import type { ErrorSpec } from './tutti-error.ts';

/** Every code that core itself throws. */
export interface CoreErrors {
  readonly INVALID_OPTIONS: ErrorSpec<{ path: string; problem: string }>;
  readonly INVALID_ARGUMENT: ErrorSpec<{ path: string; problem: string }>;
  readonly INVALID_DATA: ErrorSpec<{ path: string; problem: string }>;
  readonly TERMINAL: ErrorSpec<{ reason: string }>;
  readonly TIMEOUT: ErrorSpec<{ operation: string; timeoutMs: number }>;
  readonly DEADLINE_EXCEEDED: ErrorSpec<{ operation: string; begun?: boolean }>;
  /** An admission adds why, and an estimate of when the line of that moment will have been served. */
  readonly OVERLOADED: ErrorSpec<{
    operation: string;
    limit: number;
    reason?: 'full' | 'displaced' | 'deadline';
    retryAfterMs?: number;
  }>;
  readonly BREAKER_OPEN: ErrorSpec<{ operation: string; retryAfterMs: number }>;
  readonly THROTTLED: ErrorSpec<{ operation: string; limit: number }>;
  readonly CANCELLED: ErrorSpec<{ reason: string }>;
  readonly CAPABILITY_MISSING: ErrorSpec<{ feature: string; adapter: string; capability: string }>;
  readonly NOT_RUNNING: ErrorSpec<{ component: string; state: string }>;
  readonly START_FAILED: ErrorSpec<{ component: string; part: string }>;
  readonly STOP_TIMEOUT: ErrorSpec<{ component: string; part: string; timeoutMs: number }>;
  readonly STORE_UNAVAILABLE: ErrorSpec<{ store: string; problem: string; sent?: boolean }>;
  readonly STORE_UNSUPPORTED: ErrorSpec<{ store: string; problem: string }>;
  readonly LEASE_LOST: ErrorSpec<{ name: string; problem: string }>;
  /** `index` is the statement's position in its set, from 0; `constraint` is there when a constraint of the tables refused it. */
  readonly WRITE_CONFLICT: ErrorSpec<{
    store: string;
    statement: string;
    expectedRows: number;
    actualRows: number;
    index?: number;
    constraint?: string;
  }>;
  readonly CONFIG_CONFLICT: ErrorSpec<{ key: string; expectedRevision: number; currentRevision: number }>;
  readonly SECRET_UNAVAILABLE: ErrorSpec<{ source: string; secret: string; problem: string }>;
  readonly SECRET_EXPIRED: ErrorSpec<{ source: string; secret: string; expiredMs: number }>;
  readonly SECRET_REFUSED: ErrorSpec<{ source: string; secret: string; problem: string }>;
}

export const coreErrors: CoreErrors = {
  INVALID_OPTIONS: { retryable: false, message: (d) => `${d.path} ${d.problem}` },
  INVALID_ARGUMENT: { retryable: false, message: (d) => `${d.path} ${d.problem}` },
  INVALID_DATA: { retryable: false, message: (d) => `${d.path} ${d.problem}` },
  TERMINAL: { retryable: false, message: (d) => d.reason },
  TIMEOUT: { retryable: true, failure: 'timeout', message: (d) => `${d.operation} took longer than ${d.timeoutMs} ms` },
  DEADLINE_EXCEEDED: {
    retryable: false,
    failure: (d) => (d.begun === false ? 'unsent' : 'timeout'),
    message: (d) => `the deadline of the call passed before ${d.operation} was ${d.begun === false ? 'begun' : 'done'}`,
  },
  OVERLOADED: {
    retryable: true,
    failure: 'unsent',
    message: (d) =>
      d.reason === 'deadline'
        ? `${d.operation} was not begun: with all ${d.limit} places taken it would not be done before the deadline of the call`
        : `${d.operation} was not begun: all ${d.limit} places are taken`,
  },
  BREAKER_OPEN: {
    retryable: true,
    failure: 'unsent',
    message: (d) => `${d.operation} was not begun: it failed too often; it may be tried again in ${Math.ceil(d.retryAfterMs)} ms`,
  },
  THROTTLED: {
    retryable: true,
    failure: 'unsent',
    message: (d) => `${d.operation} was not begun: ${d.limit} others wait for their turn`,
  },
  CANCELLED: { retryable: false, failure: 'cancelled', message: (d) => `the call was cancelled: ${d.reason}` },
  CAPABILITY_MISSING: {
    retryable: false,
    message: (d) => `${d.feature} needs an adapter with the capability "${d.capability}", and ${d.adapter} has it not`,
  },
  NOT_RUNNING: { retryable: false, message: (d) => `${d.component} is ${d.state}; call start() first` },
  START_FAILED: { retryable: true, message: (d) => `${d.component} could not start because ${d.part} failed` },
  STOP_TIMEOUT: {
    retryable: false,
    message: (d) => `${d.component} stopped without waiting longer for ${d.part}: ${d.timeoutMs} ms had passed`,
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    failure: (d) => (d.sent === false ? 'unreachable' : 'transient'),
    message: (d) => `the store ${d.store} cannot be used now: ${d.problem}`,
  },
  STORE_UNSUPPORTED: { retryable: false, message: (d) => `the store ${d.store} cannot be used: ${d.problem}` },
  LEASE_LOST: { retryable: true, message: (d) => `the lease ${d.name} is lost: ${d.problem}` },
  WRITE_CONFLICT: {
    retryable: false,
    message: (d) => `nothing was written to ${d.store}: "${d.statement}" met ${d.actualRows} rows instead of ${d.expectedRows}`,
  },
  CONFIG_CONFLICT: {
    retryable: false,
    message: (d) => `configuration ${d.key} is at revision ${d.currentRevision}, not ${d.expectedRevision}; nothing was written`,
  },
  SECRET_UNAVAILABLE: { retryable: true, message: (d) => `${d.source} cannot give the secret ${d.secret} now: ${d.problem}` },
  SECRET_EXPIRED: {
    retryable: true,
    message: (d) => `the secret ${d.secret} expired ${d.expiredMs} ms ago, and ${d.source} cannot be asked for another`,
  },
  SECRET_REFUSED: { retryable: false, message: (d) => `${d.source} does not give the secret ${d.secret}: ${d.problem}` },
};

export const coreError: ErrorFactory<CoreErrors> = defineErrors(coreErrors);
