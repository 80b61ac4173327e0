import {
  type Call,
  checkOptions,
  coreError,
  everyTenant,
  objectWith,
  oneOf,
  type TenantScope,
  tenantScope,
  text,
  wholeNumber,
} from '@tutti/core';
import type { SagaQuery } from '../store/saga-desk.ts';
import { sagaId } from '../store/saga-id.ts';
import { sagaStatuses } from '../store/saga-record.ts';

/** How a saga is started. */
export interface StartOptions {
  /** At most 512 characters. The same id again starts nothing and gives the same id back. @defaultValue a new id */
  readonly id?: string;
  /** Whose identity and trace the saga carries; its deadline and cancellation stay behind. */
  readonly call?: Call;
}

/** Whose sagas, and which of them. `limit` is from 1 to 1000. */
export interface SagaListQuery extends Omit<SagaQuery, 'tenant'> {
  readonly tenant: TenantScope;
}

const mostListed = 1_000;

const startRules = { optional: { id: sagaId, call: objectWith('a Call', 'detach') } };

const queryRules = {
  required: { tenant: tenantScope, limit: wholeNumber({ min: 1, max: mostListed }) },
  optional: { after: text, saga: text, status: oneOf(...sagaStatuses) },
};

/** @throws INVALID_OPTIONS */
export const checkStart = (options: StartOptions): StartOptions =>
  checkOptions<StartOptions, StartOptions>('sagas.startSaga', options, startRules);

/** @throws INVALID_OPTIONS */
export function checkQuery(query: SagaListQuery): SagaQuery {
  const { tenant, ...rest } = checkOptions<SagaListQuery, object>('sagas.list', query, queryRules);
  return tenant === everyTenant ? rest : { ...rest, tenant };
}

/** What a definition made of an input. @throws INVALID_ARGUMENT */
export function checkKey(saga: string, key: unknown): void {
  const problem = sagaId(key);
  if (problem) throw coreError('INVALID_ARGUMENT', { path: `${saga}.concurrencyKey`, problem });
}
