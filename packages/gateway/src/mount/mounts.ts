import { durationMs, type Runtime } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { GatewayLimits } from '../http/limits.ts';
import { SlowClients } from '../http/slow-clients.ts';
import type { Reception } from '../reception.ts';
import { type FastifyPluginLike, fastifyPlugin } from './fastify-plugin.ts';
import { type FetchOptions, fetchRequest } from './fetch-request.ts';
import { FetchResponse } from './fetch-response.ts';
import { NodeMount } from './node-mount.ts';

export interface MountsOptions {
  readonly reception: Reception;
  readonly limits: Required<GatewayLimits>;
  readonly runtime: Runtime;
  readonly state: () => 'open' | 'stopping' | 'stopped';
}

/** The ways into a gateway from a server that somebody else listens with. They give the same answers as its own doors. */
export class Mounts {
  readonly node: NodeMount;
  readonly fastify: FastifyPluginLike;
  readonly #options: MountsOptions;
  readonly #slow: SlowClients;

  constructor(options: MountsOptions) {
    this.#options = options;
    const { reception, limits, runtime } = options;
    this.#slow = new SlowClients({ minBytesPerSecond: limits.minBytesPerSecond, graceMs: durationMs(limits.slowGrace), runtime });
    this.node = new NodeMount({
      serve: (request, response, refusal) => reception.serve(request, response, this.#refusing(refusal)),
      slow: this.#slow,
      limits,
      isStopping: () => options.state() !== 'open',
    });
    this.fastify = fastifyPlugin(this.node.handle);
  }

  start(): void {
    this.#slow.start();
  }

  stop(): Promise<void> {
    return this.#slow.stop();
  }

  async fetch(request: Request, options: FetchOptions | undefined): Promise<Response> {
    const { reception, limits } = this.#options;
    const response = new FetchResponse(request.method);
    const incoming = fetchRequest(request, options ?? {}, limits.maxBodyBytes);
    void reception.serve(incoming, response, { signal: request.signal, ...this.#refusing() }); // it does not reject
    return response.answer;
  }

  #refusing(refusal?: Error): { readonly refusal?: Error } {
    if (this.#options.state() === 'stopped') return { refusal: gatewayError('GATEWAY_STOPPING', {}) };
    return refusal ? { refusal } : {};
  }
}
