import {
  type Clock,
  type ConfigStore,
  coreError,
  type EndpointRegistry,
  type EndpointSource,
  type Logger,
  type Runtime,
} from '@tutti/core';
import { MeshTraffic } from '../src/traffic/mesh-traffic.ts';
import type { MeshTrafficOptions } from '../src/traffic/traffic-options.ts';

/** What stands between a process and the world: everything that would reach it waits while it sleeps. */
class Door {
  #shut = false;
  #waiting: (() => void)[] = [];

  get shut(): boolean {
    return this.#shut;
  }

  shutIt(): void {
    this.#shut = true;
  }

  open(): void {
    this.#shut = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const enter of waiting) enter();
  }

  pass(enter: () => void): void {
    if (this.#shut) this.#waiting.push(enter);
    else enter();
  }

  through<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.pass(() => resolve(value)),
        (error: unknown) => this.pass(() => reject(error)),
      );
    });
  }
}

export interface World {
  readonly runtime: Runtime;
  readonly store: ConfigStore;
  readonly registry: EndpointRegistry & EndpointSource;
  /** How many milliseconds an answer of the store, or the news of a watch, takes on its way. @defaultValue it comes at once */
  readonly delayMs?: (of: 'answer' | 'news') => number;
}

/** A replica that can be made to stand still, as by SIGSTOP, and be cut off, on the clock of the test. */
export class SleepyReplica {
  readonly traffic: MeshTraffic;
  readonly logged: string[] = [];
  storeIsAway = false;
  registryIsAway = false;
  readonly #door = new Door();
  readonly #world: World;

  constructor(world: World, instanceId: string, options: Partial<MeshTrafficOptions> = {}) {
    this.#world = world;
    const logger: Logger = { enabled: () => true, log: (level, message) => void this.logged.push(`${level}: ${message}`) };
    const runtime = { ...world.runtime, clock: this.#clock(), logger };
    this.traffic = new MeshTraffic({
      store: this.#store(),
      registry: this.#registry(),
      endpoints: this.#endpoints(),
      instanceId,
      runtime,
      ...options,
    });
  }

  get asleep(): boolean {
    return this.#door.shut;
  }

  sleep(): void {
    this.#door.shutIt();
  }

  /** What happens before this is called, but after the sleep has ended, comes before anything that has waited. */
  wake(): void {
    this.#door.open();
  }

  /** The revision that a request of now follows, or nothing when it may not be routed yet. */
  pick(fence: boolean, serviceName = 'voice'): number | undefined {
    const { active, known } = this.traffic.follow(serviceName);
    if (!known || (fence && !this.traffic.current(this.#world.runtime.clock.now()))) return undefined;
    return active.revision;
  }

  #clock(): Clock {
    const { clock } = this.#world.runtime;
    return {
      now: clock.now,
      epoch: clock.epoch,
      after: (delayMs, callback) => clock.after(delayMs, () => this.#door.pass(callback)),
      // later than the answers that have waited, as on a real clock
      afterInput: (callback) => void clock.after(0, () => this.#door.pass(callback)),
    };
  }

  #store(): ConfigStore {
    const { store } = this.#world;
    const reach = <T>(work: () => Promise<T>): Promise<T> => this.#door.through(this.storeIsAway ? away('store') : this.#late(work()));
    return {
      get: (key) => reach(() => store.get(key)),
      put: (...args) => reach(() => store.put(...args)),
      history: (...args) => reach(() => store.history(...args)),
      rollback: (...args) => reach(() => store.rollback(...args)),
      watch: (key, listener) =>
        store.watch(key, (entry) => void this.#after('news', () => this.#door.pass(() => this.storeIsAway || listener(entry)))),
    };
  }

  /** What was read is what stood there before it took its way. */
  #late<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then((value) => this.#after('answer', () => resolve(value)), reject);
    });
  }

  #after(of: 'answer' | 'news', arrive: () => void): void {
    const { delayMs, runtime } = this.#world;
    if (delayMs === undefined) arrive();
    else runtime.clock.after(delayMs(of), arrive);
  }

  #registry(): EndpointRegistry {
    const { registry } = this.#world;
    const reach = <T>(work: () => Promise<T>): Promise<T> => this.#door.through(this.registryIsAway ? away('registry') : work());
    return {
      register: (registration) => reach(() => registry.register(registration)),
      drain: (ref) => reach(() => registry.drain(ref)),
      deregister: (ref) => reach(() => registry.deregister(ref)),
    };
  }

  #endpoints(): EndpointSource {
    const { registry } = this.#world;
    return { watchEndpoints: (name, listener) => registry.watchEndpoints(name, (change) => this.#door.pass(() => listener(change))) };
  }
}

function away(store: string): Promise<never> {
  return Promise.reject(coreError('STORE_UNAVAILABLE', { store, problem: 'it is away', sent: false }));
}
