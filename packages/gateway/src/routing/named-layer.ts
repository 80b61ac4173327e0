import type { Layer } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';

/** A layer under the name by which the order of a route is shown. */
export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer<Exchange, void>;
}
