import type { Handler } from '../../handler/handler.ts';

/**
 * Paces work: calls begin one `every` apart, in the order in which they came. It is a layer; all handlers that one throttle surrounds
 * share its pace.
 *
 * A call whose turn would come after its deadline is refused at once with DEADLINE_EXCEEDED, one that finds the line full
 * with THROTTLED; a call that is cancelled while it waits leaves the line and is not begun.
 */
export interface Throttle {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  /** Calls that wait for their turn. */
  readonly queued: number;
}
