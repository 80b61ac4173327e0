import type { Socket } from 'node:net';
import type { Clock } from '@tutti/core';

/** As long as a client on a slow line needs to read a short answer. */
const lingerMs = 2_000;

/**
 * For a connection whose last answer comes before its request has ended: the answer and the end of our side go out, and what the client still
 * sends is read for nothing until it ends too, at most two seconds. Closed at once, what comes would be met with a reset, and a client that is
 * still writing would see that instead of its answer (RFC 9112, section 9.6).
 */
export function lingerAtEnd(socket: Socket, clock: Clock): void {
  // Node calls this when it has written an answer after which the connection is not used again.
  socket.destroySoon = () => {
    socket.end();
    const timer = clock.after(lingerMs, () => socket.destroy());
    timer.unref();
    socket.once('close', () => timer.cancel());
  };
}
