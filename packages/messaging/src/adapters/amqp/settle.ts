import type { Outcome } from '../../transport/event-transport.ts';
import type { FeedOptions } from './feed-parts.ts';
import type { Held, HeldByReceipt } from './held.ts';
import type { Outgoing } from './message.ts';
import type { Returning } from './returning.ts';
import { movedMessage } from './rewriting.ts';

/** What settling changes in the feed. */
export interface SettleParts {
  readonly options: FeedOptions;
  readonly held: HeldByReceipt;
  readonly returning: Returning;
  /** Of a subscription that keeps the order of keys: what is released keeps its place. */
  readonly ordered: boolean;
  /** The member gave a sign of life for what it holds. */
  extended(): void;
  /** Something was put back, and can be handed out. */
  putBack(): void;
}

/** Applies outcomes; what replaces a message is confirmed before the original goes: what dies in between comes twice, and never not at all. */
export async function settle(parts: SettleParts, outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
  const { options, held: all, returning } = parts;
  const { runtime, leaseMs } = options;
  const now = runtime.clock.now();
  const epoch = Math.floor(runtime.clock.epoch());
  const moved: Moved[] = [];
  const results = outcomes.map((outcome): boolean => {
    const held = all.valid(outcome.receipt, now);
    if (!held) return false;
    const { arrived } = held;
    if (outcome.kind === 'extend') {
      held.until = now + leaseMs;
      parts.extended();
      return true;
    }
    all.delete(outcome.receipt);
    if (outcome.kind === 'ack') returning.done(arrived);
    else if (outcome.kind === 'release' && parts.ordered) {
      arrived.source.putBack(arrived);
      parts.putBack();
    } else moved.push([outcome.receipt, held, movedMessage(options, arrived, outcome, epoch)]);
    return true;
  });
  if (moved.length === 0) returning.flushSoon();
  else await move(parts, moved);
  return results;
}

type Moved = readonly [receipt: string, held: Held, message: Promise<Outgoing>];

async function move({ options, held: all, returning }: SettleParts, moved: readonly Moved[]): Promise<void> {
  let outgoing: readonly Outgoing[];
  try {
    outgoing = await Promise.all(moved.map(([, , message]) => message));
    await options.publisher.publish(outgoing);
  } catch (error) {
    options.delays.doubt();
    for (const [receipt, held] of moved) all.restore(receipt, held); // the member asks again
    throw error;
  }
  for (const [index, [, { arrived }]] of moved.entries()) returning.replaced(arrived, outgoing[index]?.settled);
  await returning.flush();
}
