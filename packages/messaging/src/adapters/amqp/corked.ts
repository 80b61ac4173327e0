import type { Writable } from 'node:stream';

/**
 * Lets what is written to a socket in one go through the queue of ticks leave in one system call. The client writes each message by itself, and under load
 * that call is the dearest part of it.
 */
export function corkTurns(socket: Writable): void {
  const write = socket.write.bind(socket) as Writable['write'];
  const uncork = (): void => socket.uncork();
  const corkedWrite = (...chunk: Parameters<Writable['write']>): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...chunk);
  };
  socket.write = corkedWrite as Writable['write'];
}
