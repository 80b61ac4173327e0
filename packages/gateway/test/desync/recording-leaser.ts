import type { DispatchHandler, Endpoint, EndpointLease, EndpointLeaser, HttpDispatcher } from '@tutti/core';
import { Http1Connections } from '@tutti/core/http';

/** Leases of one instance that write down what is sent to it, and what of that was answered. */
export class RecordingLeaser implements EndpointLeaser {
  /** As `method target`. */
  readonly sent: string[] = [];
  readonly answered: string[] = [];
  readonly #connections: Http1Connections;
  readonly #endpoint: Endpoint;

  constructor(port: number) {
    this.#connections = new Http1Connections({ host: '127.0.0.1', port }, { maxConnections: 64 });
    const fixed = { incarnation: '1', weight: 1, tags: [], metadata: {}, state: 'ready' } as const;
    this.#endpoint = { serviceName: 's', instanceId: 'i', host: '127.0.0.1', port, ...fixed };
  }

  isReady(): boolean {
    return true;
  }

  async ready(): Promise<void> {}

  lease(): EndpointLease {
    const dispatch: HttpDispatcher['dispatch'] = (request, handler) => {
      const shown = `${request.method} ${request.path}`;
      return this.#connections.dispatch(request, this.#recording(shown, handler));
    };
    return { endpoint: this.#endpoint, dispatcher: { dispatch }, done: () => {} };
  }

  close(): Promise<void> {
    return this.#connections.destroy();
  }

  #recording(shown: string, handler: DispatchHandler): DispatchHandler {
    const note = (list: string[]): void => void list.push(shown);
    return {
      onRequestStart: (controller, context) => {
        note(this.sent);
        handler.onRequestStart(controller, context);
      },
      onResponseStart: (...parts) => handler.onResponseStart(...parts),
      onResponseData: (...parts) => handler.onResponseData(...parts),
      onResponseEnd: (...parts) => {
        note(this.answered);
        handler.onResponseEnd(...parts);
      },
      onResponseError: (controller, error) => handler.onResponseError(controller, error),
    };
  }
}
