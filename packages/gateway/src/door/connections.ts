import type { Socket } from 'node:net';
import type { MetricSink } from '@tutti/core';
import { addressPrefix, prefixBitsDefaults } from '../limits/address-prefix.ts';
import { Occupied } from '../occupied.ts';

export const refusedConnectionsMetric = 'tutti_gateway_connections_refused_total';

export interface ConnectionsOptions {
  /** For all clients of one network: of one IPv4 address, of one /64 of IPv6. */
  readonly maxPerClient: number;
  /** Whose connections carry requests of many clients, and are not counted for one. */
  readonly isProxy: (address: string) => boolean;
  readonly metrics: MetricSink | undefined;
}

const networkOf = addressPrefix(prefixBitsDefaults);

/** The open connections of a door, no more for one client than it may have. */
export class Connections<C> {
  readonly open: Occupied<C> = new Occupied();
  readonly #perClient = new Map<string, number>();
  readonly #options: ConnectionsOptions;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** A connection that is one too many is closed without a word: an answer would cost more than it is worth. */
  take(socket: Socket, open: (socket: Socket) => C): void {
    const { remoteAddress } = socket;
    const { maxPerClient, isProxy, metrics } = this.#options;
    const client = remoteAddress === undefined || isProxy(remoteAddress) ? undefined : networkOf(remoteAddress);
    const already = client === undefined ? 0 : (this.#perClient.get(client) ?? 0);
    if (already >= maxPerClient) {
      metrics?.count(refusedConnectionsMetric, 1, { reason: 'client' });
      socket.destroy();
      return;
    }
    const place = this.open.add(open(socket));
    if (client !== undefined) this.#perClient.set(client, already + 1);
    socket.once('close', () => {
      this.open.delete(place);
      if (client !== undefined) this.#gone(client);
    });
  }

  #gone(client: string): void {
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left === 0) this.#perClient.delete(client);
    else this.#perClient.set(client, left);
  }
}
