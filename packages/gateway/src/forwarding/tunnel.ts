import type { Duplex } from 'node:stream';
import type { Clock } from '@tutti/core';
import { IdleWatch } from './idle-watch.ts';

export interface TunnelOptions {
  readonly client: Duplex;
  readonly service: Duplex;
  readonly clock: Clock;
  readonly idleMs: number;
}

/** How a tunnel ended: both sides had said all they had to say, one of them broke, or neither said anything any more. */
export interface TunnelEnd {
  readonly kind: 'ended' | 'client broke' | 'service broke' | 'stalled';
  readonly error?: Error;
}

/**
 * Two connections joined: bytes pass both ways as they come, each side as fast as the other takes them. One side may end and go on reading. When
 * either breaks, so does the other, at once.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #over: PromiseWithResolvers<TunnelEnd> = Promise.withResolvers();
  readonly #idle: IdleWatch;
  #open = 2;

  constructor(options: TunnelOptions) {
    this.#options = options;
    const { client, service, clock, idleMs } = options;
    this.#idle = new IdleWatch({ clock, idleMs, onIdle: () => this.#break({ kind: 'stalled' }) });
    service.allowHalfOpen = true;
    this.#watch(client, 'client broke');
    this.#watch(service, 'service broke');
    this.#carry(client, service);
    this.#carry(service, client);
  }

  /** Resolves when both connections are closed, or one has broken. */
  get over(): Promise<TunnelEnd> {
    return this.#over.promise;
  }

  /** Breaks both. */
  destroy(): void {
    this.#idle.stop();
    this.#options.client.destroy();
    this.#options.service.destroy();
  }

  #carry(from: Duplex, to: Duplex): void {
    from.on('data', (chunk: Uint8Array) => {
      this.#idle.moved();
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      this.#idle.moved();
      from.resume();
    });
    from.on('end', () => to.end());
    from.resume();
  }

  #watch(side: Duplex, kind: 'client broke' | 'service broke'): void {
    side.on('error', (error: Error) => this.#break({ kind, error }));
    side.once('close', () => {
      this.#open--;
      if (!side.readableEnded) this.#break({ kind });
      else if (this.#open === 0) this.#end({ kind: 'ended' });
    });
  }

  #break(end: TunnelEnd): void {
    this.#end(end);
    this.destroy();
  }

  #end(end: TunnelEnd): void {
    this.#idle.stop();
    this.#over.resolve(end);
  }
}
