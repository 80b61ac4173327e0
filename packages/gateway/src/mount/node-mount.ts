import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { gatewayError } from '../errors.ts';
import type { IncomingRequest } from '../http/exchange.ts';
import type { GatewayLimits } from '../http/limits.ts';
import type { ResponseSink } from '../http/response-sink.ts';
import type { SlowClients } from '../http/slow-clients.ts';
import { offeredProtocol } from '../http/upgrade.ts';
import { nodeRequest } from './node-request.ts';
import { NodeResponse } from './node-response.ts';
import { UpgradeResponse, upgradeOf } from './upgrade-response.ts';

/** What `node:http` calls for a request; Express passes more, which is not looked at. */
export type NodeHandler = (message: IncomingMessage, response: ServerResponse<IncomingMessage>) => void;

/** What `node:http` calls for a request that wants its connection to become something else. */
export type NodeUpgradeHandler = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface NodeMountOptions {
  /** Must not reject: every failure is an answer. `refusal` is what is in the way already. */
  readonly serve: (request: IncomingRequest, response: ResponseSink, refusal?: Error) => Promise<void>;
  readonly slow: SlowClients;
  readonly limits: Required<GatewayLimits>;
  readonly isStopping: () => boolean;
}

/** The gateway inside a server of `node:http` that somebody else listens with. Caps of heads and connections are that server's own. */
export class NodeMount {
  readonly handle: NodeHandler = (message, response) => this.#take(message, response);
  readonly handleUpgrade: NodeUpgradeHandler = (message, _socket, head) => this.#takeUpgrade(message, head);
  readonly #options: NodeMountOptions;

  constructor(options: NodeMountOptions) {
    this.#options = options;
  }

  #take(message: IncomingMessage, response: ServerResponse<IncomingMessage>): void {
    const { serve, slow, limits, isStopping } = this.#options;
    const request = nodeRequest(message, limits.maxBodyBytes);
    const taken = request.body !== undefined && (message.readableDidRead || message.readableEnded);
    const onClosed = slow.watch({ socket: message.socket, body: request.body });
    const isLast = (): boolean => isStopping() || !message.complete;
    void serve(request, new NodeResponse(response, { isLast, onClosed }), taken ? gatewayError('GATEWAY_BODY_TAKEN', {}) : undefined); // it does not reject
  }

  #takeUpgrade(message: IncomingMessage, head: Buffer): void {
    const response = new UpgradeResponse(message, head);
    const request = nodeRequest(message, 0);
    const protocol = message.httpVersion === '1.1' ? offeredProtocol(request.headers) : undefined;
    void this.#options.serve(protocol === undefined ? request : { ...request, upgrade: upgradeOf(protocol, response) }, response); // it does not reject
  }
}
