import { connect } from 'node:net';
import type { Payload } from './corpus.ts';

/** Sends each payload on a connection of its own, several at once, and waits for each until nothing more comes. */
export async function sendAll(port: number, payloads: readonly Payload[], quietMs: number): Promise<void> {
  const left = [...payloads];
  const worker = async (): Promise<void> => {
    for (let payload = left.pop(); payload; payload = left.pop()) await sendOne(port, payload.bytes, quietMs);
  };
  await Promise.all(Array.from({ length: 48 }, worker));
}

function sendOne(port: number, bytes: string, quietMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('error', () => {}).resume();
    socket.on('close', () => resolve());
  });
}

/**
 * Where what a server has seen is not what was sent to it: a message that nobody sent, or one that was answered and never seen. What was
 * sent and broken off may have been seen or not.
 */
export function differences(seen: readonly string[], sent: readonly string[], answered: readonly string[]): readonly string[] {
  const unseen = new Map<string, number>();
  for (const message of sent) unseen.set(message, (unseen.get(message) ?? 0) + 1);
  const found: string[] = [];
  const times = new Map<string, number>();
  for (const message of seen) {
    times.set(message, (times.get(message) ?? 0) + 1);
    const left = unseen.get(message) ?? 0;
    if (left === 0) found.push(`seen and never sent: ${JSON.stringify(message)}`);
    else unseen.set(message, left - 1);
  }
  for (const message of answered) {
    const left = times.get(message) ?? 0;
    if (left === 0) found.push(`answered and never seen: ${JSON.stringify(message)}`);
    else times.set(message, left - 1);
  }
  return found;
}
