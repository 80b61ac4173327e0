import { createHash, randomUUID } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import { decodeEvent } from '../../transport/encoded-event.ts';

/** What goes to the broker. */
export interface Outgoing {
  readonly exchange: string;
  readonly key: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
  /** Resolves when the queue that it goes to outlives a crash of the broker; undefined when it does. */
  readonly settled?: Promise<void> | undefined;
}

/** What we write beside an event. Everything is optional: an outsider writes none of it. */
export interface Notes {
  /** When it was stored: milliseconds since the epoch. */
  readonly at?: number;
  /** Deliveries that count, before the message was written this last time. */
  readonly attempts?: number;
  readonly takenOver?: boolean;
  /** Milliseconds of its delay that are left. */
  readonly restMs?: number;
  readonly firstFailedAt?: number;
  readonly replayedFrom?: string;
  /** Copied from the history. */
  readonly copied?: boolean;
}

const headers = {
  at: 'x-tutti-at',
  attempts: 'x-tutti-attempts',
  takenOver: 'x-tutti-taken-over',
  restMs: 'x-tutti-rest-ms',
  firstFailedAt: 'x-tutti-first-failed-at',
  replayedFrom: 'x-tutti-replayed-from',
  copied: 'x-tutti-copied',
} as const;

const contentType = 'application/cloudevents+json';

/** Written for every event that is published, so without the loop. */
export const storedNow = (at: number): Options.Publish => ({ persistent: true, contentType, headers: { [headers.at]: at } });

export function written(notes: Notes): Options.Publish {
  const table: Record<string, unknown> = {};
  for (const [name, header] of Object.entries(headers)) {
    const value = notes[name as keyof Notes];
    if (value !== undefined) table[header] = value;
  }
  return { persistent: true, contentType, headers: table };
}

/** By header: which note it is, and what it may say. */
const readable: ReadonlyMap<string, readonly [name: keyof Notes, says: (value: unknown) => boolean]> = new Map([
  [headers.at, ['at', isAmount]],
  [headers.attempts, ['attempts', isAmount]],
  [headers.takenOver, ['takenOver', isTrue]],
  [headers.restMs, ['restMs', isAmount]],
  [headers.firstFailedAt, ['firstFailedAt', isAmount]],
  [headers.replayedFrom, ['replayedFrom', isText]],
  [headers.copied, ['copied', isTrue]],
]);

/** Read from every message, most of which have one of them. */
export function notesOf({ properties }: Pick<ConsumeMessage, 'properties'>): Notes {
  const table = (properties.headers ?? {}) as Readonly<Record<string, unknown>>;
  const notes: Record<string, unknown> = {};
  for (const header in table) {
    const value = table[header];
    const [name, says] = readable.get(header) ?? [];
    if (name !== undefined && says?.(value)) notes[name] = value;
  }
  return notes;
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isTrue(value: unknown): boolean {
  return value === true;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** How often the broker gave this message to somebody before, and took it back. A classic queue knows only whether. */
export function returnsOf({ properties, fields }: ConsumeMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : fields.redelivered ? 1 : 0;
}

/** Source and id, hashed; of a text that has none, the text. */
export function identityOf(content: Buffer): string {
  const event = decodeEvent(content.toString()) as { readonly source?: unknown; readonly id?: unknown } | null;
  if (typeof event !== 'object' || typeof event?.source !== 'string' || typeof event.id !== 'string') return hashOf('text', randomUUID());
  return hashOf(event.source, event.id);
}

export function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27);
}
