import { coreErrors } from './core-errors.ts';
import { TuttiError } from './tutti-error.ts';

/**
 * For whoever knows that another attempt cannot help: an address that does not exist, a payment that was refused. Retries end with it, an event
 * becomes a dead letter, a saga takes its steps back.
 */
export class TerminalError extends TuttiError<'TERMINAL', { readonly reason: string }> {
  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super('TERMINAL', { reason }, coreErrors.TERMINAL, options);
  }
}
