import type { Health } from '@tutti/core';
import type { SubscriptionCounts } from './bus-counts.ts';

/** What one member of a subscription shows of itself. */
export interface MemberView {
  readonly id: string;
  readonly group: string;
  readonly pattern: string;
  readonly running: number;
  /** Milliseconds since the member last heard from the store that it waits for it; absent before the first time. */
  readonly lastPolledMs?: number;
  readonly health: Health;
  readonly counts: SubscriptionCounts;
}

/** One member of one subscription, from the start of its bus to its stop. */
export interface Member {
  readonly name: string;
  /** Resolves when the subscription exists. Rejects when the store cannot make it now; the next call tries again. */
  ready(): Promise<void>;
  /** Hears from now on, or from when the subscription exists. */
  begin(): void;
  /** Takes nothing more, lets handlers finish until the drain deadline, then aborts them and releases their deliveries. */
  stop(): Promise<void>;
  health(): Health;
  view(): MemberView;
}
