import { type Health, worst } from '../../lifecycle/health.ts';
import { durationMs } from '../../options/duration.ts';
import { exponential } from '../../policy/backoff.ts';
import type { Secret } from '../../ports/secret.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import { handBack } from './hand-back.ts';
import { KeptSecret } from './kept-secret.ts';
import { type VaultClient, vaultClient } from './vault-client.ts';
import type { CheckedVaultOptions } from './vault-options.ts';
import { VaultSession } from './vault-session.ts';

/** One life of a source: a token, the secrets that are kept with it, and the end of both. */
export class VaultKeeper {
  readonly #options: CheckedVaultOptions;
  readonly #runtime: Runtime;
  readonly #send: VaultClient;
  readonly #session: VaultSession;
  readonly #stopping = new AbortController();
  readonly #kept = new Map<string, KeptSecret>();
  readonly #make: (name: string) => KeptSecret;

  constructor(options: CheckedVaultOptions) {
    const {
      address,
      auth,
      secrets,
      namespace,
      mount,
      kvVersion,
      maxResponseBytes,
      runtime = defaultRuntime,
      fetch = globalThis.fetch,
    } = options;
    const timeoutMs = durationMs(options.requestTimeout);
    this.#options = options;
    this.#runtime = runtime;
    this.#send = vaultClient({ address, namespace, timeoutMs, maxResponseBytes, fetch, clock: runtime.clock });
    const client: VaultClient = (request) => this.#send({ ...request, signal: this.#stopping.signal });
    const backoff = exponential({ initial: '1s', max: '30s', jitter: 0.2 });
    this.#session = new VaultSession(client, auth, runtime, backoff, () => {
      for (const secret of this.#kept.values()) secret.reconsider();
    });
    const reader = { client, session: this.#session, mount, kvVersion };
    const refreshMs = durationMs(options.refreshInterval);
    const keepMs = durationMs(options.keepLastGood);
    this.#make = (name) => {
      const place = (Object.hasOwn(secrets, name) ? secrets[name] : undefined) ?? { kv: name };
      return new KeptSecret({ name, place, reader, runtime, backoff, refreshMs, keepMs });
    };
  }

  async open(): Promise<void> {
    await this.#session.grant();
  }

  async get(name: string): Promise<Secret | undefined> {
    const secret = await this.#keep(name).get();
    if (secret === undefined && !this.#kept.get(name)?.watched) this.#kept.delete(name); // nothing to keep good
    return secret;
  }

  watch(name: string, listener: (secret: Secret | undefined) => void): () => void {
    return this.#keep(name).watch(listener);
  }

  /** Ends what is under way, then gives back what was lent. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#session.close();
    const kept = [...this.#kept.values()];
    for (const secret of kept) secret.close();
    const { clock, logger } = this.#runtime;
    const late = new AbortController();
    const end = deadlineWheel(clock).at(clock.now() + durationMs(this.#options.stopTimeout), () => late.abort());
    const ownsToken = this.#options.auth.method !== 'token';
    const left = await handBack({ send: this.#send, session: this.#session, kept, ownsToken, signal: late.signal });
    end.cancel();
    this.#kept.clear();
    if (left > 0) logger.log('warn', 'not everything could be given back to Vault; the rest ends by itself', { left });
  }

  /** Degraded while last good values are given on, unhealthy when there is none left of something that is kept. */
  health(): Health {
    const parts: Record<string, Health> = {};
    for (const [name, { trouble }] of this.#kept) {
      parts[name] = trouble ? { status: trouble.expired ? 'unhealthy' : 'degraded', reason: trouble.problem } : { status: 'healthy' };
    }
    const { problem } = this.#session;
    parts['token'] = problem === undefined ? { status: 'healthy' } : { status: 'degraded', reason: problem };
    return worst(parts);
  }

  #keep(name: string): KeptSecret {
    let secret = this.#kept.get(name);
    if (!secret) {
      secret = this.#make(name);
      this.#kept.set(name, secret);
    }
    return secret;
  }
}
