import type { Health } from '../lifecycle/health.ts';

/** What to ask. */
export type Probe =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Asks targets how they are: once an interval per process and target, however many want to know. */
export interface Prober {
  /** The listener hears the first result and then every change, until the returned function is called. */
  watchHealth(probe: Probe, listener: (health: Health) => void): () => void;
}
