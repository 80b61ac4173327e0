import { Call, compose, type Handler, timeout } from '@tutti/core';
import { createLocalJWKSet, errors, type LocalJWKSet } from 'jose';
import { gatewayError } from '../errors.ts';
import type { JwsHeader } from './compact-form.ts';
import { type KeySet, pinned } from './key-set.ts';
import type { FoundKey, KeySource } from './key-source.ts';

/** Gets a key set from where the issuer has it; must give up when the signal says so. */
export type FetchKeys = (signal: AbortSignal) => Promise<KeySet>;

export interface FetchedKeysOptions {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  /** Keys this old are not used before a fetch was tried. */
  readonly maxAgeMs: number;
  /** Keys this old are not used at all. */
  readonly maxStaleMs: number;
}

/** From this share of their age on, newer keys are fetched while these are still used, so that nobody has to wait. */
const early = 0.8;
/** A key that is not among them is looked for at most this often, so that made-up key ids cannot flood the issuer. */
const unknownKeyPauseMs = 30_000;
const failurePauseMs = 5_000;
/** Nobody waits for a fetch whose like failed this lately: keys that are too old, but not yet stale, do meanwhile. */
const outageMs = 30_000;

/** Keys that come from elsewhere: one fetch at a time, shared by all who wait for it, none more than the pauses allow. */
export class FetchedKeys implements KeySource {
  readonly #options: FetchedKeysOptions;
  readonly #fetch: Handler<void, KeySet>;
  #keys: LocalJWKSet | undefined;
  /** The set as it came, to see whether another one is another one. */
  #text = '';
  #revision = 0;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #nextTryAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(fetchKeys: FetchKeys, options: FetchedKeysOptions) {
    this.#options = options;
    this.#fetch = compose<void, KeySet>((_none, call) => fetchKeys(call.signal), [timeout({ operation: 'fetching keys', timeout: '10s' })]);
  }

  get revision(): number {
    return this.#revision;
  }

  ready(call: Call): boolean {
    const now = call.runtime.clock.now();
    const ageMs = now - this.#fetchedAt;
    const { maxAgeMs, maxStaleMs } = this.#options;
    if (ageMs <= maxAgeMs * early) return true;
    if (ageMs > maxStaleMs) return false;
    const isGood = ageMs <= maxAgeMs || now - this.#failedAt < outageMs;
    if (isGood) void this.#refresh(call); // it does not reject
    return isGood;
  }

  async renew(call: Call): Promise<void> {
    if (this.ready(call)) return;
    await this.#refresh(call);
    if (!this.#keys || call.runtime.clock.now() - this.#fetchedAt > this.#options.maxStaleMs)
      throw gatewayError('GATEWAY_KEYS_UNAVAILABLE', { issuer: this.#options.issuer });
  }

  async find(header: JwsHeader, call: Call): Promise<FoundKey> {
    await this.renew(call);
    try {
      return await this.#among(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh(call);
      return this.#among(header);
    }
  }

  async #among(header: JwsHeader): Promise<FoundKey> {
    const revision = this.#revision;
    const keys = this.#keys as LocalJWKSet; // renewed before
    return { key: await keys({ ...header }), revision };
  }

  async #refresh(call: Call): Promise<void> {
    if (!this.#fetching && call.runtime.clock.now() < this.#nextTryAt) return;
    this.#fetching ??= this.#fetchOnce(call);
    await this.#fetching;
  }

  /** For all who wait, so not within the time or the life of the one who came first. */
  async #fetchOnce({ runtime }: Call): Promise<void> {
    const { clock, logger } = runtime;
    const { issuer } = this.#options;
    try {
      this.#use(await this.#fetch(undefined, Call.root({ runtime })));
      this.#fetchedAt = clock.now();
      this.#nextTryAt = this.#fetchedAt + unknownKeyPauseMs;
    } catch (error) {
      this.#failedAt = clock.now();
      this.#nextTryAt = this.#failedAt + failurePauseMs;
      logger.log('warn', 'the keys of an issuer could not be fetched', { issuer, error });
    }
    this.#fetching = undefined;
  }

  #use(keySet: KeySet): void {
    const text = JSON.stringify(keySet);
    if (this.#keys && text === this.#text) return;
    this.#keys = createLocalJWKSet(pinned(keySet, this.#options.algorithms)); // checked there
    this.#text = text;
    this.#revision++;
  }
}
