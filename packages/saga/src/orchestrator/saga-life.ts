import {
  type Component,
  component,
  type Durability,
  durationMs,
  type Health,
  type Repeating,
  type Runtime,
  readCallAttributes,
  type Statement,
} from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import { type EventBody, EventWriter } from '../engine/event-writer.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import { SagaCounter } from '../engine/saga-counter.ts';
import { StoreTime } from '../engine/store-time.ts';
import { SubjectMaker } from '../engine/subject-maker.ts';
import { newWorkerId, Worker } from '../engine/worker.ts';
import type { StoredEvent } from '../store/saga-outbox.ts';
import { type StartByEvent, subscribeStarts } from './event-starts.ts';
import { forgetting } from './forgetting.ts';
import type { SagaOrchestratorOptions, sagaOrchestratorDefaults } from './orchestrator-options.ts';
import { outboxRelay } from './outbox-relay.ts';
import { sagaGauges } from './saga-gauges.ts';

type Checked = SagaOrchestratorOptions<readonly AnySaga[]> &
  Required<Pick<SagaOrchestratorOptions<readonly AnySaga[]>, keyof typeof sagaOrchestratorDefaults>>;

export interface SagaLifeOptions extends Checked {
  readonly name: string;
  readonly runtime: Runtime;
  readonly codec: PayloadCodec;
  readonly byName: ReadonlyMap<string, AnySaga>;
  readonly start: StartByEvent;
}

/** Everything of an orchestrator that runs, in the order in which it starts and stops. */
export class SagaLife {
  readonly component: Component;
  readonly worker: Worker;
  readonly time: StoreTime;
  readonly counter: SagaCounter;
  durability: Durability = { acknowledged: '', warnings: [] };
  readonly #options: SagaLifeOptions;
  readonly #leaseMs: number;
  readonly #scanMs: number;
  readonly #drainMs: number;
  #relay: Repeating | undefined;
  #loops: Repeating[] = [];
  #starts: readonly { stop(): Promise<void> }[] = [];

  constructor(options: SagaLifeOptions) {
    const { store, runtime, byName, codec, bus, announce, concurrency, amnesia } = options;
    this.#options = options;
    this.#leaseMs = durationMs(options.lease, 'sagas.lease');
    this.#scanMs = durationMs(options.scan, 'sagas.scan');
    this.#drainMs = durationMs(options.drainTimeout, 'sagas.drainTimeout');
    this.time = new StoreTime(runtime.clock);
    this.counter = new SagaCounter(runtime);
    const worker = newWorkerId(runtime);
    const outbox = this.#sharedOutbox();
    const subjects = new SubjectMaker({
      store,
      worker,
      runtime,
      time: this.time,
      codec,
      events: new EventWriter({ publishes: bus !== undefined, announces: announce }),
      counter: this.counter,
      onEvents: () => this.#relay?.trigger(),
      holdMs: amnesia ? 0 : Math.min(1_000, this.#leaseMs / 3),
      amnesia,
      ...(outbox && { outbox }),
    });
    this.worker = new Worker({
      id: worker,
      store,
      sagas: byName,
      runtime,
      time: this.time,
      counter: this.counter,
      subjects,
      leaseMs: this.#leaseMs,
      concurrency,
      scanMs: this.#scanMs,
    });
    this.component = component(options.name, { open: () => this.#open(), close: () => this.#close(), probe: () => this.#probe() });
  }

  async #open(): Promise<void> {
    const { store, bus, sharedDatabase, runtime, byName, start, keep } = this.#options;
    this.durability = await store.open(runtime);
    for (const { name, message } of this.durability.warnings) runtime.logger.log('warn', message, { warning: name, store: store.name });
    this.worker.start();
    this.#loops = [forgetting(store.desk, durationMs(keep, 'sagas.keep'), this.time, runtime)];
    const gauges = sagaGauges(() => store.desk.stats(), runtime);
    if (gauges) this.#loops.push(gauges);
    if (!bus) return;
    if (!sharedDatabase) {
      this.#relay = outboxRelay({ store, bus, worker: this.worker.id, runtime, intervalMs: this.#scanMs });
      this.#loops.push(this.#relay);
    }
    this.#starts = subscribeStarts(bus, byName.values(), start);
  }

  async #close(): Promise<void> {
    try {
      await Promise.all(this.#starts.map((subscription) => subscription.stop()));
      await this.worker.stop(this.#drainMs);
      await Promise.all(this.#loops.map((loop) => loop.stop()));
    } finally {
      await this.#options.store.close();
    }
  }

  #probe(): Health {
    const { lookedAgoMs } = this.worker;
    const patienceMs = this.#scanMs * 5 + 10_000;
    if (lookedAgoMs <= patienceMs) return { status: 'healthy' };
    return { status: 'unhealthy', reason: `the store was last asked for work ${Math.round(lookedAgoMs / 1_000)} s ago` };
  }

  #sharedOutbox(): ((events: readonly StoredEvent[]) => Promise<readonly Statement[]>) | undefined {
    const { sharedDatabase, bus, runtime } = this.#options;
    const outbox = sharedDatabase ? bus?.outbox?.bind(bus) : undefined;
    if (!outbox) return undefined;
    return async (events) => {
      const made = events.map(async ({ body }) => {
        const { draft, call } = JSON.parse(body) as EventBody;
        return (await outbox(draft, readCallAttributes(call, runtime))).statements;
      });
      return (await Promise.all(made)).flat();
    };
  }
}
