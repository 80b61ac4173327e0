import { connect } from 'node:net';

/** How long nothing may come before the client gives up: what it sent may never become a request. */
const silenceMs = 150;
/** How long after an answer another one may follow. */
const quietMs = 10;
const hangMs = 30_000;

/** Sends bytes over a connection of their own, and gives all that comes back until it ends; undefined when it does not end. */
export function rawExchange(port: number, bytes: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    let patience = setTimeout(() => socket.end(), silenceMs);
    const hang = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, hangMs);
    socket.on('error', () => {}); // the close that follows tells
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      clearTimeout(patience);
      patience = setTimeout(() => socket.end(), received.endsWith('100 Continue\r\n\r\n') ? silenceMs : quietMs);
    });
    socket.on('close', () => {
      clearTimeout(patience);
      clearTimeout(hang);
      resolve(received);
    });
    socket.write(bytes, 'latin1');
  });
}
