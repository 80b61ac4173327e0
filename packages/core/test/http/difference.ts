import type { Random } from '../../src/runtime/random.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { LlhttpMessage } from './llhttp.ts';
import type { ReadMessage } from './recording-sink.ts';

export interface Readers<Message extends { readonly text: string }, Shown> {
  ours(message: Message): ReadMessage<Shown>;
  theirs(message: Message): LlhttpMessage<Shown> | undefined;
}

/** How a reader takes a message otherwise than llhttp does. Being stricter is none. */
export function difference<Message extends { readonly text: string }, Shown>(
  { ours, theirs }: Readers<Message, Shown>,
  message: Message,
): string | undefined {
  const { outcome, told, staysOpen, leftover } = ours(message);
  const other = theirs(message);
  if (outcome === 'incomplete') return other && 'it waits for more of what is whole';
  if (outcome === 'malformed') return;
  if (!other) return 'it takes what is none';
  if (JSON.stringify(told) !== JSON.stringify(other.told)) return 'it reads something else';
  if (staysOpen && !other.staysOpen) return 'it keeps a connection that ends';
  const { text } = message;
  const end = text.length - leftover.length;
  if (!theirs({ ...message, text: text.slice(0, end) })) return 'it ends too early';
  if (leftover !== '' && theirs({ ...message, text: text.slice(0, end - 1) })) return 'it ends too late';
}

/** Tries so many messages, until one makes a difference. */
export function firstDifference<Message extends { readonly text: string }, Shown>(
  readers: Readers<Message, Shown>,
  mutated: (random: Random) => Message,
  seed: number,
  count: number,
): { readonly found: string | undefined; readonly whole: number } {
  const random = seededRandom(seed);
  let whole = 0;
  for (let each = 0; each < count; each++) {
    const message = mutated(random);
    const how = difference(readers, message);
    if (how !== undefined) return { found: `${how}, seed ${seed}: ${JSON.stringify(message)}`, whole };
    if (readers.ours(message).outcome === 'whole') whole++;
  }
  return { found: undefined, whole };
}
