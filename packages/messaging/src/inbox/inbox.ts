import type { Runtime, Statement } from '@tutti/core';

/**
 * Remembers which events a subscription has handled, for transports that cannot, or beside the database that a handler writes to. `subscription` and `identity`
 * are any non-empty texts. One inbox serves any number of buses.
 */
export interface Inbox {
  readonly name: string;
  /** What is remembered outlives all processes (IB-3). */
  readonly durable: boolean;
  /** An effect can be written with the memory of it: it is a {@link TransactionalInbox} (IB-4). */
  readonly transactional: boolean;
  /** Called before anything else. */
  connect(runtime: Runtime): Promise<void>;
  /** Leaves nothing open. Idempotent. */
  close(): Promise<void>;
  /** Which of these were handled, in their order (IB-1). */
  handled(subscription: string, identities: readonly string[]): Promise<readonly boolean[]>;
  /** Resolves when it is remembered that these were handled. Idempotent (IB-2). */
  remember(subscription: string, identities: readonly string[]): Promise<void>;
}

export interface TransactionalInbox extends Inbox {
  readonly transactional: true;
  /**
   * Writes an effect and the memory that the event was handled in one commit. False, and nothing was written, when it had been handled before: however many members try,
   * one of them succeeds (IB-4).
   * @throws WRITE_CONFLICT of the statements' own; nothing was written.
   */
  commit(subscription: string, identity: string, statements: readonly Statement[]): Promise<boolean>;
}

export function isTransactional(inbox: Inbox): inbox is TransactionalInbox {
  return inbox.transactional;
}
