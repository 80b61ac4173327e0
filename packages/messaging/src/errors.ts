import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

/** Every code that messaging itself throws, or writes into a dead letter. */
export interface MessagingErrors {
  readonly MESSAGING_UNKNOWN_TYPE: ErrorSpec<{ type: string }>;
  readonly MESSAGING_BAD_ENVELOPE: ErrorSpec<{ problem: string }>;
  readonly MESSAGING_LEASE_LOST: ErrorSpec<{ group: string; pattern: string }>;
  readonly MESSAGING_NO_OUTCOME: ErrorSpec<{ attempts: number }>;
}

export const messagingErrors: MessagingErrors = {
  MESSAGING_UNKNOWN_TYPE: { retryable: false, message: (d) => `the catalogue has no event '${d.type}'` },
  MESSAGING_BAD_ENVELOPE: { retryable: false, message: (d) => `what was stored is no CloudEvent 1.0: ${d.problem}` },
  MESSAGING_LEASE_LOST: {
    retryable: true,
    message: (d) => `the delivery to ${d.group} (${d.pattern}) is no longer this member's: its lease ran out`,
  },
  MESSAGING_NO_OUTCOME: {
    retryable: false,
    message: (d) =>
      `${d.attempts} deliveries were all that is allowed, and the last one had no outcome: its member died, hung or lost its lease`,
  },
};

export const messagingError: ErrorFactory<MessagingErrors> = defineErrors(messagingErrors);
