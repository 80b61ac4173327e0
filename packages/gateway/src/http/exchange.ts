import type { Call, Endpoint } from '@tutti/core';
import type { Identity } from '../authentication/authenticator.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestHeaders } from './request-headers.ts';
import type { ResponseSink } from './response-sink.ts';
import type { Upgrade } from './upgrade.ts';

/** A request, whichever door it came in by. */
export interface IncomingRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody | undefined;
  /** Who asks: the peer itself, or whom a trusted proxy names. What anybody else says of others is not believed. */
  readonly clientAddress: string | undefined;
  /** The trusted proxies between the client and the gateway, the nearest last. Absent when there are none. */
  readonly proxies?: readonly string[];
  /** How the client came, as far as somebody trusted knows. Absent means 'http'. */
  readonly scheme?: 'http' | 'https';
  /** What the client asks its connection to become. A route that does not know the protocol answers as if it had not asked. */
  readonly upgrade?: Upgrade;
}

/** One request and the place for its answer; what a route's handler and its layers work on. */
export interface Exchange {
  readonly request: IncomingRequest;
  readonly response: ResponseSink;
  /** Instances that were tried for it. */
  readonly tried: string[];
  /** By which id the request is found again in logs; the client and the service are told. */
  readonly requestId?: string;
  /** The last of those that were tried. Absent before one was. */
  endpoint?: Endpoint;
  /** Who asks, once authentication has found out. Absent before that, and on public routes. */
  identity?: Identity;
  /** What middleware has added for those behind it. */
  context?: object;
  /** The gateway says which pages of a browser may read the answer, and not the service. Absent where it has no word in it. */
  saysWhoMayRead?: boolean;
  /** Headers that the gateway vouches for and adds to the request as it goes on, as of now. Gives name, value, name, value. */
  vouched?: (call: Call) => readonly string[];
}
