import { type EndpointRef, type EndpointRegistry, messageOf, type Repeating, type Runtime, repeat } from '@tutti/core';
import { replicasService } from './replica-roll.ts';
import { within } from './within.ts';

export interface ReplicaRecordOptions {
  readonly registry: EndpointRegistry;
  readonly instanceId: string;
  readonly runtime: Runtime;
  /** What the record is to say. */
  readonly describe: () => Readonly<Record<string, string>>;
}

const againMs = 1_000;
const writeMs = 5_000;

/**
 * What this replica says of itself in the registry, where its lease keeps it for as long as the process lives and no longer.
 * A change is written as a new life of the same instance; nothing listens at the address. While the registry is away it is tried on.
 */
export class ReplicaRecord {
  readonly #options: ReplicaRecordOptions;
  #loop: Repeating | undefined;
  #life: EndpointRef | undefined;
  #written: string | undefined;
  #failure: unknown;

  constructor(options: ReplicaRecordOptions) {
    this.#options = options;
  }

  /** Why the record does not say what it should; undefined when it does. */
  get problem(): string | undefined {
    return this.#failure === undefined ? undefined : messageOf(this.#failure);
  }

  start(): void {
    const { runtime } = this.#options;
    this.#loop = repeat(runtime, { name: 'the record of this replica', intervalMs: againMs, jitter: 0.1 }, () => this.#write());
    this.#loop.trigger();
  }

  changed(): void {
    this.#loop?.trigger();
  }

  /** Does not fail because the registry is away: the lease ends by itself. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
    const { registry, runtime } = this.#options;
    const life = this.#life;
    if (!life) return;
    try {
      await within(runtime, 'taking back the record of this replica', writeMs, () => registry.deregister(life));
    } catch (error) {
      runtime.logger.log('warn', 'the record of this replica could not be taken back; it will expire', { ...life, error });
    }
  }

  async #write(): Promise<void> {
    const { registry, instanceId, runtime, describe } = this.#options;
    const metadata = describe();
    const written = JSON.stringify(metadata);
    if (written === this.#written) return;
    const registration = { serviceName: replicasService, instanceId, host: 'localhost', port: 1, weight: 0, metadata };
    try {
      this.#life = await within(runtime, 'writing the record of this replica', writeMs, () => registry.register(registration));
      this.#written = written;
      this.#failure = undefined;
    } catch (error) {
      if (this.#failure === undefined) runtime.logger.log('warn', 'the record of this replica cannot be written; trying on', { error });
      this.#failure = error;
    }
  }
}
