// @tutti/core/http

import { DispatchHandler, DispatchRequest, Duration, ErrorSpec, HttpDispatcher, Runtime } from '@tutti/core';

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

export declare const http1Defaults: {
  readonly maxConnections: 128;
  readonly connectTimeout: "2s";
  readonly idleTimeout: "4s";
  readonly maxAge: "5m";
};

export declare const httpErrors: HttpErrors;
