import type { Health } from '../lifecycle/health.ts';

/** What to ask. */
export type Probe =
  | {
      readonly kind: 'http';
      readonly url: string;
      /**
       * The answer must name this service, in the header `x-service-name` or as the member `service` of a JSON object: at an address that was
       * given to something else, a friendly answer is no good sign. @defaultValue whoever answers is right
       */
      readonly identity?: string;
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Asks targets how they are: once an interval per process and target, however many want to know. */
export interface Prober {
  /** The listener hears the first result and then every change, until the returned function is called. */
  watchHealth(probe: Probe, listener: (health: Health) => void): () => void;
}
