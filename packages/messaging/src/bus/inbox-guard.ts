import { type Backoff, type Call, compose, exponential, type Handler, retry } from '@tutti/core';
import { type Inbox, isTransactional } from '../inbox/inbox.ts';
import type { CommitWay } from './given-delivery.ts';
import { TurnBatch } from './turn-batch.ts';

/** An inbox may be away for as long as it likes: until it answers, nobody knows whether the event was handled. */
const patience: Backoff = exponential({ initial: '100ms', max: '5s' });

/** One subscription's use of an inbox, in batches. */
export class InboxGuard {
  readonly #inbox: Inbox;
  readonly #subscription: string;
  readonly #ask: Handler<string, boolean>;
  readonly #tell: Handler<string, boolean>;

  constructor(inbox: Inbox, group: string, pattern: string) {
    this.#inbox = inbox;
    this.#subscription = `${group}/${pattern}`;
    const asked = new TurnBatch<string, boolean>((identities) => inbox.handled(this.#subscription, identities));
    const told = new TurnBatch<string, boolean>(async (identities) => {
      await inbox.remember(this.#subscription, identities);
      return identities.map(() => true);
    });
    const persistent = retry({ maxAttempts: Number.MAX_SAFE_INTEGER, backoff: patience });
    this.#ask = compose((identity: string) => asked.add(identity), [persistent]);
    this.#tell = compose((identity: string) => told.add(identity), [persistent]);
  }

  /** Whether the event was handled before. Rejects only when the call is cancelled, or for a failure that no attempt can mend. */
  handled(identity: string, call: Call): Promise<boolean> {
    return this.#ask(identity, call);
  }

  async remember(identity: string, call: Call): Promise<void> {
    await this.#tell(identity, call);
  }

  commitWay(identity: string): CommitWay | undefined {
    const [inbox, subscription] = [this.#inbox, this.#subscription];
    return isTransactional(inbox) ? { by: 'inbox', write: (statements) => inbox.commit(subscription, identity, statements) } : undefined;
  }
}
