import type { Backoff } from '../../policy/backoff.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Grant } from './grant.ts';
import { isCut, renewAfterMs, shortestMs } from './lifetime.ts';
import { durationOf, mustSucceed } from './vault-answer.ts';
import type { VaultClient } from './vault-client.ts';
import { isRefused, problemOf, worthALine } from './vault-failure.ts';
import { logIn, lookupSelf } from './vault-login.ts';
import type { VaultAuth } from './vault-options.ts';

const renewSelf = 'auth/token/renew-self';

/** A token as young as this has the policies that its role has now; another login would only give the same. */
const freshMs = 60_000;

/** Keeps a token: logs in, renews at two thirds of its time, and logs in again when that no longer helps. */
export class VaultSession {
  readonly #client: VaultClient;
  readonly #auth: VaultAuth;
  readonly #runtime: Runtime;
  readonly #backoff: Backoff;
  readonly #onNewGrant: () => void;
  #grant: Grant | undefined;
  /** Tokens of before that have not ended yet, because what was read with them is still in use. */
  #former: Grant[] = [];
  #loggingIn: Promise<Grant> | undefined;
  #failure: { readonly error: unknown; readonly until: number; readonly count: number } | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(client: VaultClient, auth: VaultAuth, runtime: Runtime, backoff: Backoff, onNewGrant: () => void) {
    this.#client = client;
    this.#auth = auth;
    this.#runtime = runtime;
    this.#backoff = backoff;
    this.#onNewGrant = onNewGrant;
  }

  get current(): Grant | undefined {
    return this.#grant;
  }

  /** Every token of this session that still holds, the present one first. */
  get grants(): readonly Grant[] {
    return [...(this.#grant ? [this.#grant] : []), ...this.#former].filter(({ endsAt }) => endsAt > this.#now);
  }

  /** Why there is no token, while there is none. */
  get problem(): string | undefined {
    return this.#failure && problemOf(this.#failure.error);
  }

  /** A token that holds, by a login if need be. A failed login is remembered for a while, for all who ask. */
  async grant(): Promise<Grant> {
    if (this.#grant && this.#grant.endsAt > this.#now) return this.#grant;
    return this.#logIn();
  }

  /**
   * For an answer of 403 under `doubted`: another grant to ask with once more, or undefined when that could not help, because
   * the token is alive and so fresh that its policies are what they are.
   */
  async another(doubted: Grant): Promise<Grant | undefined> {
    if (this.#grant !== doubted) return this.grant();
    const alive = await this.#isAlive(doubted);
    if (this.#grant !== doubted) return this.grant();
    if (!alive) doubted.dead = true;
    else if (this.#now - doubted.obtainedAt < freshMs) return undefined;
    const next = await this.#logIn();
    return next === doubted ? undefined : next;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  get #now(): number {
    return this.#runtime.clock.now();
  }

  /** A token that may not even ask about itself counts as dead: it has not the `default` policy, so nothing else can be known. */
  async #isAlive({ token }: Grant): Promise<boolean> {
    const answer = await this.#client({ method: 'GET', path: lookupSelf, token });
    if (answer.status === 403) return false;
    mustSucceed(lookupSelf, answer);
    return true;
  }

  #logIn(): Promise<Grant> {
    if (this.#failure && this.#failure.until > this.#now) return Promise.reject(this.#failure.error);
    this.#loggingIn ??= this.#loggedIn().finally(() => {
      this.#loggingIn = undefined;
    });
    return this.#loggingIn;
  }

  async #loggedIn(): Promise<Grant> {
    const obtainedAt = this.#now;
    try {
      const { token, durationMs, renewable } = await logIn(this.#client, this.#auth);
      const endsAt = durationMs === 0 ? Number.POSITIVE_INFINITY : obtainedAt + durationMs;
      this.#failure = undefined;
      this.#take({ token, obtainedAt, durationMs, renewable, endsAt, dead: false });
    } catch (error) {
      const count = (this.#failure?.count ?? 0) + 1;
      this.#failure = { error, count, until: this.#now + this.#backoff.delayMs(count, this.#runtime.random) };
      throw error;
    }
    return this.#grant as Grant;
  }

  #take(grant: Grant): void {
    const before = this.#grant;
    if (before?.token === grant.token) {
      before.endsAt = grant.endsAt; // a token that was given, and given again: what was read with it holds on
    } else {
      if (before?.dead) before.endsAt = this.#now;
      this.#former = before ? [before, ...this.#former].filter(({ endsAt }) => endsAt > this.#now) : [];
      this.#grant = grant;
    }
    this.#wakeAfter(grant.durationMs === 0 ? undefined : renewAfterMs(grant.endsAt - this.#now, this.#runtime.random));
    if (before && before.token !== grant.token) this.#onNewGrant();
  }

  #wakeAfter(delayMs: number | undefined): void {
    this.#timer?.cancel();
    if (this.#closed || delayMs === undefined) return;
    this.#timer = this.#runtime.clock.after(Math.max(shortestMs, delayMs), () => void this.#prolong()); // #prolong never rejects
    this.#timer.unref();
  }

  async #prolong(): Promise<void> {
    try {
      if (!(await this.#renewed())) await this.#logIn();
    } catch (error) {
      if (this.#closed) return;
      const delayMs = Math.max(
        shortestMs,
        (this.#failure?.until ?? this.#now + this.#backoff.delayMs(1, this.#runtime.random)) - this.#now,
      );
      if (worthALine(this.#failure?.count ?? 1)) {
        this.#runtime.logger.log('warn', 'the token for Vault could not be prolonged; trying again', {
          problem: problemOf(error),
          delayMs,
        });
      }
      this.#wakeAfter(delayMs);
    }
  }

  /** False when only another login can help. */
  async #renewed(): Promise<boolean> {
    const grant = this.#grant;
    if (!grant?.renewable || grant.endsAt <= this.#now) return false;
    const sentAt = this.#now;
    const { token } = grant;
    const answer = await this.#client({
      method: 'POST',
      path: renewSelf,
      token,
      body: { increment: `${Math.ceil(grant.durationMs / 1_000)}s` },
    });
    try {
      mustSucceed(renewSelf, answer);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (answer.status === 403 && !(await this.#isAlive(grant))) grant.dead = true;
      return false;
    }
    const granted = durationOf(renewSelf, answer, 'token');
    grant.endsAt = sentAt + granted.durationMs;
    if (isCut(granted.durationMs, grant.durationMs) || !granted.renewable) return false;
    this.#wakeAfter(renewAfterMs(granted.durationMs, this.#runtime.random));
    return true;
  }
}
