// @tutti/core/http

import { DispatchHandler, DispatchRequest, Duration, ErrorSpec, HttpDispatcher, Runtime } from '@tutti/core';

export interface Fields {
  readonly raw: string[];
  readonly names: string[];
  readonly byName: FieldsByName;
}

export type FieldsByName = Record<string, string | string[]>;

export type Framing = {
  readonly kind: 'sized';
  readonly length: number;
} | {
  readonly kind: 'chunked';
} | {
  readonly kind: 'until-close';
};

export interface Http1Address {
  readonly host: string;
  readonly port: number;
}

export declare class Http1Connections implements HttpDispatcher {
  #private;
  constructor(address: Http1Address, options?: Http1Options);
  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean;
  destroy(): Promise<void>;
}

export interface Http1Options {
  readonly maxConnections?: number;
  readonly connectTimeout?: Duration;
  readonly idleTimeout?: Duration;
  readonly maxAge?: Duration;
  readonly onConnected?: () => void;
  readonly onConnectFailed?: (error: Error) => void;
  readonly runtime?: Pick<Runtime, 'clock' | 'random'>;
}

export interface HttpErrors {
  readonly HTTP_UNSENDABLE: ErrorSpec<{
    problem: string;
  }>;
  readonly HTTP_MALFORMED_RESPONSE: ErrorSpec<{
    origin: string;
    problem: string;
  }>;
  readonly HTTP_CONNECTION_LOST: ErrorSpec<{
    origin: string;
    problem: string;
  }>;
  readonly HTTP_TIMEOUT: ErrorSpec<{
    origin: string;
    phase: 'connecting' | 'headers' | 'body';
    timeoutMs: number;
  }>;
  readonly HTTP_DESTROYED: ErrorSpec<{
    origin: string;
  }>;
}

export declare abstract class MessageReader<Head> {
  #private;
  constructor(sink: MessageSink<Head>, maxHeadBytes: number);
  protected abstract understand(text: string): Understood<Head> | string;
  protected meaningless(_bytes: Buffer): number;
  protected possible(_bytes: Buffer): boolean;
  get idle(): boolean;
  get unread(): number;
  protected begin(): void;
  read(chunk: Buffer): void;
  pause(): void;
  resume(): void;
  finish(): boolean;
  release(): Buffer | undefined;
}

export interface MessageSink<Head> {
  head(head: Head, framing: Framing): void;
  data(chunk: Buffer): void;
  end(trailers: Fields | undefined): void;
  malformed(problem: string, isTooLong: boolean): void;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly minor: 0 | 1;
  readonly fields: Fields;
}

export declare class RequestReader extends MessageReader<ReceivedRequest> {
  next(): void;
  protected understand(text: string): Understood<ReceivedRequest> | string;
  protected possible(bytes: Buffer): boolean;
  protected meaningless(bytes: Buffer): number;
}

export interface Understood<Head> {
  readonly head: Head;
  readonly framing: Framing;
  readonly isInterim: boolean;
}

export declare const http1Defaults: {
  readonly maxConnections: 128;
  readonly connectTimeout: "2s";
  readonly idleTimeout: "4s";
  readonly maxAge: "5m";
};

export declare const httpErrors: HttpErrors;

export declare function wantsMore({ minor, fields: { byName } }: ReceivedRequest): boolean;
