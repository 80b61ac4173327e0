import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeHandler } from './node-mount.ts';

/** What the plugin needs of a Fastify instance; Fastify is no dependency. */
export interface FastifyInstanceLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(contentType: string, parser: (request: unknown, payload: unknown, done: (error: null) => void) => void): unknown;
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => void): unknown;
}

export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

export interface FastifyReplyLike {
  readonly raw: ServerResponse<IncomingMessage>;
  hijack(): unknown;
}

export type FastifyPluginLike = (instance: FastifyInstanceLike) => Promise<void>;

/** Fastify keeps bodies unread where a parser does not read them, and answers to itself where they are hijacked. */
export function fastifyPlugin(handle: NodeHandler): FastifyPluginLike {
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
    instance.all('/*', (request, reply) => {
      reply.hijack();
      handle(request.raw, reply.raw);
    });
  };
}
