import { type Call, coreError, type Page, text } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { NamedSaga, OutputOf } from '../definition/saga-types.ts';
import { sagaError } from '../errors.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { SagaSummary } from '../store/saga-record.ts';
import type { SagaListQuery } from './check-calls.ts';
import type { By } from './inspect-sagas.ts';
import type { HistoryEntry, SagaView } from './saga-view.ts';

/** The part of an orchestrator that is asked. */
interface Sagas<S extends readonly AnySaga[]> {
  list(query: SagaListQuery): Promise<Page<SagaSummary>>;
  find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>>;
  get(id: string): Promise<SagaView>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  result<Out>(id: SagaId<Out>, call?: Call): Promise<Out>;
  cancel(id: string, by: By): Promise<void>;
  retry(id: string, by: By): Promise<void>;
  skip(id: string, step: string, by: By): Promise<void>;
}

/**
 * The sagas of one tenant, those whose `call` carried it at the start. The others are not there: whatever is asked of them by their id is
 * answered with SAGA_NOT_FOUND, as for an id that nobody has.
 */
export class TenantSagas<const S extends readonly AnySaga[]> {
  readonly tenant: string;
  readonly #sagas: Sagas<S>;

  constructor(sagas: Sagas<S>, tenant: string) {
    const problem = text(tenant);
    if (problem) throw coreError('INVALID_ARGUMENT', { path: 'sagas.forTenant', problem });
    this.#sagas = sagas;
    this.tenant = tenant;
  }

  list(query: Omit<SagaListQuery, 'tenant'>): Promise<Page<SagaSummary>> {
    return this.#sagas.list({ ...query, tenant: this.tenant });
  }

  /** @throws SAGA_NOT_FOUND */
  async find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>> {
    return (await this.#own(id)).find(name, id);
  }

  /** @throws SAGA_NOT_FOUND */
  async get(id: string): Promise<SagaView> {
    return (await this.#own(id)).get(id);
  }

  /** @throws SAGA_NOT_FOUND */
  async history(id: string): Promise<readonly HistoryEntry[]> {
    return (await this.#own(id)).history(id);
  }

  /** @throws as `result` of the orchestrator */
  async result<Out>(id: SagaId<Out>, call?: Call): Promise<Out> {
    return (await this.#own(id)).result(id, call);
  }

  /** @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  async cancel(id: string, by: By): Promise<void> {
    return (await this.#own(id)).cancel(id, by);
  }

  /** @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  async retry(id: string, by: By): Promise<void> {
    return (await this.#own(id)).retry(id, by);
  }

  /** @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  async skip(id: string, step: string, by: By): Promise<void> {
    return (await this.#own(id)).skip(id, step, by);
  }

  /** Whose a saga is never changes. */
  async #own(id: string): Promise<Sagas<S>> {
    const { tenant } = await this.#sagas.get(id);
    if (tenant !== this.tenant) throw sagaError('SAGA_NOT_FOUND', { id });
    return this.#sagas;
  }
}
