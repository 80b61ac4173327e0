import type { DeadLetter, DeadReason, Failure } from '../../transport/dead-letters.ts';
import { decodeEvent } from '../../transport/encoded-event.ts';
import { toQueue } from './delays.ts';
import { hashOf, identityOf, type Outgoing } from './message.ts';
import type { SubscriptionName } from './names.ts';

/** A dead letter as it lies in its queue. */
export interface StoredLetter {
  readonly id: string;
  readonly reason: DeadReason;
  readonly failure: Failure;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  /** When the event was stored. */
  readonly at?: number;
  /** The level and partition that it came from: the queue that a replay gives it back to. */
  readonly queue: string;
  readonly text: string;
  /** In base64, where the text does not hold all bytes. */
  readonly bytes?: string;
}

export function letterMessage(
  deadQueue: string,
  of: SubscriptionName,
  content: Buffer,
  told: Omit<StoredLetter, 'id' | 'text' | 'bytes'>,
): Outgoing {
  const text = content.toString();
  const exact = Buffer.from(text).equals(content);
  const id = hashOf(of.group, of.pattern, identityOf(content));
  const letter: StoredLetter = { id, ...told, text, ...(!exact && { bytes: content.toString('base64') }) };
  return toQueue(deadQueue, Buffer.from(JSON.stringify(letter)), {});
}

export function storedLetter(content: Buffer): StoredLetter | undefined {
  const letter = decodeEvent(content.toString()) as Partial<StoredLetter> | null;
  return typeof letter === 'object' && typeof letter?.id === 'string' && typeof letter.text === 'string'
    ? (letter as StoredLetter)
    : undefined;
}

export const contentOf = ({ text, bytes }: StoredLetter): Buffer =>
  bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, 'base64');

export function deadLetterOf({ group, pattern }: SubscriptionName, stored: StoredLetter): DeadLetter {
  const { id, reason, failure, attempts, firstFailedAt, lastFailedAt, text } = stored;
  return { id, group, pattern, reason, failure, attempts, firstFailedAt, lastFailedAt, event: decodeEvent(text) };
}
