import { type AsyncMethod, type Simulation, simulate } from '@tutti/core/testing';
import { isOver, isParked, memoryStore, type SagaBus, SagaOrchestrator, type SagaRecord, type SagaStore } from '@tutti/saga';
import { type Life, lifeOn } from '../../src/testing/life.ts';
import { wrongOf } from './check.ts';
import { drawSaga } from './random-saga.ts';
import { World } from './world.ts';

/** What the seeds of a run have met, to see that they met anything. */
export interface Tally {
  completed: number;
  compensated: number;
  takenOver: number;
  parked: number;
  cancelled: number;
  cutOff: number;
}

const troubleMs = 15_000;
const patienceMs = 600_000;
const rates = { fail: 0.03, drop: 0.03, duplicate: 0.03, delay: 0.04 };

/**
 * Draws a saga, starts some of it on workers whose store, bus and lives are troubled, and checks how all ended when it is quiet again.
 * @param change What becomes of the store that all workers share, for controls.
 */
export async function runSagas(name: string, seeds: number, change?: (store: SagaStore) => SagaStore): Promise<Tally> {
  const tally: Tally = { completed: 0, compensated: 0, takenOver: 0, parked: 0, cancelled: 0, cutOff: 0 };
  await simulate({ name, seeds, run: (sim) => oneWorld(sim, tally, change) });
  return tally;
}

/** Where the workers meet: what is behind all faults. */
class Place {
  readonly heard: Set<string> = new Set();
  readonly #sim: Simulation;
  readonly #store: SagaStore;
  readonly #healing: (() => void)[] = [];

  constructor(sim: Simulation, store: SagaStore) {
    this.#sim = sim;
    this.#store = store;
  }

  /** The store as one worker has it. */
  store(): SagaStore {
    const whole = this.#faulty(this.#store, ['create', 'claim', 'checkpoint', 'renew']);
    const desk = this.#faulty(this.#store.desk, ['load', 'ask', 'forget']);
    const outbox = this.#faulty(this.#store.outbox, ['take', 'drop']);
    return new Proxy(whole, { get: (target, key) => ({ desk, outbox })[String(key)] ?? Reflect.get(target, key) });
  }

  bus(): SagaBus {
    const bus: SagaBus = {
      publish: async ({ id = '' }) => {
        this.heard.add(id);
        return { id, duplicate: false };
      },
      subscribe: () => ({ stop: async () => undefined }),
    };
    return this.#faulty(bus, ['publish']);
  }

  heal(): void {
    for (const heal of this.#healing) heal();
  }

  #faulty<T extends object>(part: T, methods: readonly AsyncMethod<T>[]): T {
    const { adapter, heal } = this.#sim.faults(part, { methods, rates, delayMs: this.#sim.pick([30, 400, 2_500]) });
    this.#healing.push(heal);
    return adapter;
  }
}

interface Member {
  readonly life: Life<Simulation['runtime']>;
  /** Of one drawn saga, which the types cannot know. */
  readonly sagas: SagaOrchestrator<never>;
}

async function oneWorld(sim: Simulation, tally: Tally, change: (store: SagaStore) => SagaStore = (store) => store): Promise<void> {
  const world = new World();
  const shape = drawSaga(sim, world);
  const kept = memoryStore();
  await kept.open(sim.runtime);
  const place = new Place(sim, change(kept));
  const amnesia = sim.chance(0.2);

  async function member(): Promise<Member> {
    const life = lifeOn(sim.runtime, place.store());
    const { store, runtime } = life;
    const settings = { lease: '2s', scan: '500ms', concurrency: 4, amnesia } as const;
    const sagas = new SagaOrchestrator({ store, runtime, sagas: [shape.saga], bus: place.bus(), ...settings });
    await sagas.start();
    return { life, sagas: sagas as unknown as SagaOrchestrator<never> };
  }

  const members = await Promise.all([member(), member()]);
  const ids = Array.from({ length: 1 + sim.below(3) }, (_, index) => `saga-${index + 1}`);
  const any = (): SagaOrchestrator<never> => (members[sim.below(members.length)] as Member).sagas;
  const start = (id: string): Promise<unknown> => any().startSaga('drawn' as never, {} as never, { id });
  const ask = (what: string, work: Promise<unknown>): Promise<void> =>
    sim.within(5_000, work).then(
      () => sim.note(what),
      (error: { code?: string }) => sim.note(`${what}: ${error.code}`),
    );

  await Promise.all([
    ...ids.map(async (id) => {
      await sim.pass(sim.below(10_000));
      await ask(`start ${id}`, start(id));
    }),
    trouble(sim, members, member, async () => {
      const id = sim.pick(ids as [string]);
      await ask(`cancel ${id}`, any().cancel(id, { actor: 'sim', reason: 'drawn' }));
    }),
  ]);
  place.heal();
  for (const id of ids) await start(id); // as whoever was not told that it was started

  await allOver(sim, kept, ids, (id) => any().retry(id, { actor: 'sim', reason: 'it is mended' }));
  await sim.pass(30_000); // what is still on its way may do harm if it can
  for (const id of ids) {
    const record = (await kept.desk.load(id)) as SagaRecord;
    const own = world.effects.filter(({ saga }) => saga === id);
    sim.note(`${id} ${record.status} with ${own.length} effects, fence ${record.fence}`);
    const wrong = wrongOf(shape, record, own, place.heard);
    if (wrong.length > 0) throw new Error(`${id} (${record.status}): ${wrong.join('; ')}`);
    count(tally, record);
  }
  for (const { life } of members) life.end();
}

/** Kills and stops workers, and asks for what people ask for. */
async function trouble(sim: Simulation, members: Member[], make: () => Promise<Member>, cancel: () => Promise<void>): Promise<void> {
  const { clock } = sim.runtime;
  for (const endsAt = clock.now() + troubleMs; clock.now() < endsAt; ) {
    await sim.pass(100 + sim.below(1_500));
    const index = sim.below(members.length);
    const { life } = members[index] as Member;
    const drawn = sim.runtime.random();
    if (drawn < 0.4) {
      sim.note(`kill ${index}`);
      life.end();
      await sim.pass(sim.below(1_000));
      members[index] = await make();
    } else if (drawn < 0.75) {
      sim.note(`stop ${index}`);
      life.freeze();
      await sim.pass(500 + sim.below(4_000));
      life.thaw();
      sim.note(`go on ${index}`);
    } else if (drawn < 0.85) await cancel();
  }
}

/** Waits until every saga is over. What is parked is opened again, as somebody does who has mended the cause. */
async function allOver(sim: Simulation, store: SagaStore, ids: readonly string[], retry: (id: string) => Promise<void>): Promise<void> {
  const { clock } = sim.runtime;
  const endsAt = clock.now() + patienceMs;
  for (;;) {
    const records = await Promise.all(ids.map((id) => store.desk.load(id)));
    const open = records.flatMap((record, index) => (record && isOver(record.status) ? [] : [`${ids[index]} (${record?.status})`]));
    if (open.length === 0) return;
    if (clock.now() > endsAt) throw new Error(`left behind: ${open}`);
    for (const record of records) if (record && isParked(record.status)) await retry(record.id);
    await sim.pass(1_000);
  }
}

function count(tally: Tally, { status, fence, entries }: SagaRecord): void {
  if (status === 'completed') tally.completed++;
  else tally.compensated++;
  if (fence > 1) tally.takenOver++;
  if (entries.some(({ what }) => what === 'stuck' || what === 'compensation-failed')) tally.parked++;
  if (entries.some(({ request }) => request?.verb === 'cancel')) tally.cancelled++;
  if (entries.some(({ cutOff }) => cutOff)) tally.cutOff++;
}
