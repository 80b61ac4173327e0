import type { DispatchHandler, Endpoint, EndpointLease, EndpointLeaser, HttpDispatcher } from '@tutti/core';
import { Pool } from 'undici';

/** Leases of one instance that write down what is sent to it, and what of that was answered. */
export class RecordingLeaser implements EndpointLeaser {
  /** As `method target`. */
  readonly sent: string[] = [];
  readonly answered: string[] = [];
  readonly #pool: Pool;
  readonly #connections: HttpDispatcher;
  readonly #endpoint: Endpoint;

  constructor(port: number) {
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 });
    this.#connections = this.#pool as HttpDispatcher; // its own types are narrower than the port's
    const fixed = { incarnation: '1', weight: 1, tags: [], metadata: {}, state: 'ready' } as const;
    this.#endpoint = { serviceName: 's', instanceId: 'i', host: '127.0.0.1', port, ...fixed };
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
    return this.#pool.destroy();
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
