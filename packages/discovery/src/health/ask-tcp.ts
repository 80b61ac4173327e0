import { connect } from 'node:net';
import type { Handler } from '@tutti/core';
import { discoveryError } from '../errors.ts';

/** Well when a connection is accepted; nothing is sent. */
export function askTcp(host: string, port: number): Handler<void, void> {
  return (_input, call) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, signal: call.signal });
      socket.on('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', (cause) => {
        if (call.cancelled) reject(call.reason);
        else
          reject(
            discoveryError(
              'DISCOVERY_PROBE_FAILED',
              { target: `tcp://${host}:${port}`, problem: `refused the connection: ${cause.message}` },
              { cause },
            ),
          );
      });
    });
}
