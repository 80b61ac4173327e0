import type { DispatchController, DispatchHandler, DispatchRequest, Endpoint } from '@tutti/core';
import type { Connect, ConnectionEvents } from '../src/index.ts';

/** One dispatched request, to be answered by the test. */
export interface Dispatched {
  readonly endpoint: Endpoint;
  readonly request: DispatchRequest;
  /** Connects, and then the first byte leaves. */
  start(): void;
  /** The head of the answer comes, and the rest does not. */
  begin(status: number): void;
  answer(status: number, body?: string, headers?: Readonly<Record<string, string>>): void;
  /** The connection cannot be made. */
  refuse(): void;
  /** The connection breaks; before `start` that means nothing was sent. */
  fail(error?: Error): void;
  readonly aborted: Error | undefined;
}

/** Connections without a network: every dispatched request waits for the test, or is played by `script`. */
export function fakeConnections(script: (dispatched: Dispatched) => void = () => {}): {
  readonly connect: Connect;
  readonly log: Dispatched[];
  readonly open: Set<string>;
} {
  const log: Dispatched[] = [];
  const open = new Set<string>();
  const connect: Connect = (endpoint, events) => {
    open.add(endpoint.instanceId);
    return {
      dispatch(request, handler) {
        const dispatched = play(endpoint, request, handler, events);
        log.push(dispatched);
        script(dispatched);
        return true;
      },
      async destroy() {
        open.delete(endpoint.instanceId);
      },
    };
  };
  return { connect, log, open };
}

function play(endpoint: Endpoint, request: DispatchRequest, handler: DispatchHandler, events: ConnectionEvents): Dispatched {
  let aborted: Error | undefined;
  let started = false;
  const controller: DispatchController = {
    get aborted() {
      return aborted !== undefined;
    },
    paused: false,
    get reason() {
      return aborted ?? null;
    },
    abort(reason) {
      aborted = reason;
      handler.onResponseError(controller, reason);
    },
    pause() {},
    resume() {},
  };
  const start = (): void => {
    if (started) return;
    started = true;
    events.connected();
    handler.onRequestStart(controller, undefined);
  };
  const begin = (status: number, headers: Readonly<Record<string, string>> = {}): void => {
    start();
    handler.onResponseStart(controller, status, { 'content-type': 'text/plain', ...headers });
  };
  return {
    endpoint,
    request,
    start,
    begin,
    answer(status, body = '', headers = {}) {
      begin(status, headers);
      if (body) handler.onResponseData(controller, Buffer.from(body));
      handler.onResponseEnd(controller, {});
    },
    refuse() {
      const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      events.connectFailed(error);
      handler.onResponseError(controller, error);
    },
    fail(error = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })) {
      handler.onResponseError(controller, error);
    },
    get aborted() {
      return aborted;
    },
  };
}
