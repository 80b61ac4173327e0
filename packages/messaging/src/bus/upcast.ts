import type { EventDefinition } from '@tutti/core';
import { messagingError } from '../errors.ts';

/**
 * Brings stored data to the version of the catalogue, step by step. An event that names no version is of the first.
 * @throws MESSAGING_NO_UPCASTER when there is no way: a step is missing or fails, or the event is newer than the catalogue.
 */
export function upcastData(type: string, { version: wanted, upcast }: EventDefinition<unknown>, stored: unknown, data: unknown): unknown {
  if (stored === wanted) return data;
  const version = stored === undefined ? 1 : Number(stored);
  const noWay = (cause?: unknown): Error =>
    messagingError('MESSAGING_NO_UPCASTER', { type, version, wanted }, cause === undefined ? {} : { cause });
  if (!Number.isSafeInteger(version) || version < 1 || version > wanted) throw noWay();
  let current = data;
  for (let from = version; from < wanted; from++) {
    const step = upcast?.[from];
    if (!step) throw noWay();
    try {
      current = step(current);
    } catch (error) {
      throw noWay(error);
    }
  }
  return current;
}
