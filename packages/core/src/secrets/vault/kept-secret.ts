import { coreError } from '../../errors/core-errors.ts';
import type { Backoff } from '../../policy/backoff.ts';
import type { Secret } from '../../ports/secret.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Told, told } from '../told.ts';
import type { Grant } from './grant.ts';
import { isCut, renewAfterMs, shortestMs } from './lifetime.ts';
import { type Reading, readPlace, renewLease, type VaultReader } from './read-place.ts';
import { failureOf, problemOf, refusesSecret, worthALine } from './vault-failure.ts';
import type { VaultPlace } from './vault-options.ts';

export interface KeptSecretOptions {
  readonly name: string;
  readonly place: VaultPlace;
  readonly reader: VaultReader;
  readonly runtime: Runtime;
  readonly refreshMs: number;
  readonly keepMs: number;
  readonly backoff: Backoff;
}

/** What is held, and until when. */
interface Held {
  readonly secret: Secret;
  readonly leaseId: string;
  readonly grant: Grant;
  /** As first granted. */
  readonly durationMs: number;
  readonly renewable: boolean;
  endsAt: number;
  /** When to renew it or to read it again. */
  dueAt: number;
}

/** One secret that is kept good: read once, then renewed or read again before it ends, until it is closed. */
export class KeptSecret {
  readonly #options: KeptSecretOptions;
  readonly #listeners = new Set<Told>();
  #held: Held | undefined;
  /** Whether Vault has answered at least once, if only that there is none. */
  #known = false;
  #failure: { readonly error: unknown; readonly until: number; readonly count: number } | undefined;
  #refreshing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: KeptSecretOptions) {
    this.#options = options;
  }

  /** The lease that is held now, for whoever wants to give it back. */
  get lease(): { readonly id: string; readonly grant: Grant } | undefined {
    const { leaseId = '', grant } = this.#held ?? {};
    return leaseId !== '' && grant && this.#endsAt > this.#now ? { id: leaseId, grant } : undefined;
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** In words, when the last attempt failed; `expired` when nothing good is held any more. */
  get trouble(): { readonly problem: string; readonly expired: boolean } | undefined {
    if (!this.#held && !this.watched) return undefined; // somebody asked once, in vain; nothing is kept
    return this.#failure && { problem: problemOf(this.#failure.error), expired: this.#held === undefined || this.#endsAt <= this.#now };
  }

  async get(): Promise<Secret | undefined> {
    if (!this.#held || this.#endsAt <= this.#now) await this.#asked();
    return this.#held?.secret;
  }

  watch(listener: (secret: Secret | undefined) => void): () => void {
    const hears = told(listener);
    this.#listeners.add(hears);
    if (this.#known) hears.tell(this.#held?.secret);
    else void this.#refresh().catch(() => undefined); // the failure is remembered and tried again; a watcher hears values only
    return () => {
      hears.end();
      this.#listeners.delete(hears);
    };
  }

  /** To be called when there is a new token: what was read with an older one may end earlier than it said. */
  reconsider(): void {
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const hears of this.#listeners) hears.end();
    this.#listeners.clear();
  }

  get #now(): number {
    return this.#options.runtime.clock.now();
  }

  /** A lease ends with its own time or with the token it was read with, whichever is first. */
  get #endsAt(): number {
    const held = this.#held;
    if (!held) return 0;
    return held.leaseId === '' ? held.endsAt : Math.min(held.endsAt, held.grant.endsAt);
  }

  /** Asks Vault unless it has just failed. Fails as a caller has to see it. */
  async #asked(): Promise<void> {
    const held = this.#held;
    try {
      if (this.#failure && this.#failure.until > this.#now && !this.#refreshing) throw this.#failure.error;
      await this.#refresh();
    } catch (error) {
      const { name } = this.#options;
      const failure = failureOf(name, error);
      if (!held || this.#failure?.error !== error || refusesSecret(error)) throw failure;
      const expiredMs = Math.max(0, Math.round(this.#now - this.#endsAt));
      throw coreError('SECRET_EXPIRED', { source: 'Vault', secret: name, expiredMs }, { cause: failure });
    }
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshed().finally(() => {
      this.#refreshing = undefined;
      this.#schedule();
    });
    return this.#refreshing;
  }

  async #refreshed(): Promise<void> {
    this.#timer?.cancel();
    try {
      if (!(await this.#renewed())) this.#take(await readPlace(this.#options.reader, this.#options.place, () => this.#now));
      this.#failure = undefined;
    } catch (error) {
      const count = (this.#failure?.count ?? 0) + 1;
      const until = this.#now + this.#options.backoff.delayMs(count, this.#options.runtime.random);
      this.#failure = { error, count, until };
      if (refusesSecret(error) && this.#held?.leaseId === '') this.#held = undefined; // a lease stays good, a mere copy does not
      throw error;
    }
  }

  /** True when the lease that is held goes on; false when the secret has to be read again. */
  async #renewed(): Promise<boolean> {
    const held = this.#held;
    const { reader, runtime } = this.#options;
    if (!held?.renewable || held.leaseId === '' || this.#endsAt <= this.#now || held.grant !== reader.session.current) return false;
    const sentAt = this.#now;
    const granted = await renewLease(reader, held);
    if (!granted || held.grant !== reader.session.current) return false;
    held.endsAt = sentAt + granted.durationMs;
    held.dueAt = sentAt + renewAfterMs(granted.durationMs, runtime.random);
    return granted.renewable && !isCut(granted.durationMs, held.durationMs);
  }

  #take(reading: Reading | undefined): void {
    this.#known = true;
    this.#held = reading && this.#heldFrom(reading);
    for (const hears of this.#listeners) hears.tell(reading?.secret);
  }

  #heldFrom({ secret, leaseId, grant, durationMs, renewable, readAt }: Reading): Held {
    const { refreshMs, keepMs, runtime } = this.#options;
    const leased = leaseId !== '';
    const advisedMs = durationMs === 0 ? Number.POSITIVE_INFINITY : renewAfterMs(durationMs, runtime.random);
    const dueMs = leased ? advisedMs : Math.min(advisedMs, refreshMs * (1 - runtime.random() / 10));
    const endsMs = leased ? durationMs || Number.POSITIVE_INFINITY : keepMs;
    return { secret, leaseId, grant, durationMs, renewable, endsAt: readAt + endsMs, dueAt: readAt + Math.min(dueMs, endsMs) };
  }

  #schedule(): void {
    const { runtime, reader } = this.#options;
    this.#timer?.cancel();
    if (this.#closed || this.#refreshing || (!this.#held && !this.watched)) return;
    const delayMs = Math.max(this.#dueAt(reader.session.current) - this.#now, this.#failure ? 0 : shortestMs);
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#timer = runtime.clock.after(delayMs, () => void this.#refresh().catch((error: unknown) => this.#log(error)));
    this.#timer.unref();
  }

  #dueAt(current: Grant | undefined): number {
    const held = this.#held;
    if (this.#failure) return this.#failure.until;
    if (!held) return this.#now + this.#options.refreshMs;
    if (held.leaseId === '' || held.grant === current) return held.dueAt;
    const remainingMs = Math.max(0, held.grant.endsAt - this.#now);
    return Math.min(held.dueAt, this.#now + renewAfterMs(remainingMs, this.#options.runtime.random));
  }

  #log(error: unknown): void {
    const failures = this.#failure?.count ?? 1;
    if (this.#closed || !worthALine(failures)) return;
    const { name, runtime } = this.#options;
    runtime.logger.log('warn', 'a secret could not be refreshed; its last good value is kept until it expires', {
      secret: name,
      problem: problemOf(error),
      failures,
    });
  }
}
