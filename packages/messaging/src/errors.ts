import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

/** Every code that messaging itself throws, or writes into a dead letter. */
export interface MessagingErrors {
  readonly MESSAGING_UNKNOWN_TYPE: ErrorSpec<{ type: string }>;
  readonly MESSAGING_BAD_ENVELOPE: ErrorSpec<{ problem: string }>;
  readonly MESSAGING_LEASE_LOST: ErrorSpec<{ group: string; pattern: string }>;
  readonly MESSAGING_NO_OUTCOME: ErrorSpec<{ attempts: number }>;
  readonly MESSAGING_BACKPRESSURE: ErrorSpec<{ bus: string; problem: string }>;
  readonly MESSAGING_SUBSCRIPTION_MISMATCH: ErrorSpec<{ group: string; pattern: string; problem: string }>;
  readonly MESSAGING_NO_UPCASTER: ErrorSpec<{ type: string; version: number; wanted: number }>;
  readonly MESSAGING_ALREADY_HANDLED: ErrorSpec<{ group: string; pattern: string; identity: string }>;
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
  MESSAGING_BACKPRESSURE: { retryable: true, failure: 'unsent', message: (d) => `${d.bus} takes no more events now: ${d.problem}` },
  MESSAGING_SUBSCRIPTION_MISMATCH: {
    retryable: false,
    message: (d) => `the subscription of ${d.group} to ${d.pattern} exists and is different: ${d.problem}`,
  },
  MESSAGING_NO_UPCASTER: {
    retryable: false,
    message: (d) => `version ${d.version} of ${d.type} cannot be read: the catalogue knows no way from it to version ${d.wanted}`,
  },
  MESSAGING_ALREADY_HANDLED: {
    retryable: false,
    message: (d) => `${d.identity} was handled by ${d.group} (${d.pattern}) before; nothing was written`,
  },
};

export const messagingError: ErrorFactory<MessagingErrors> = defineErrors(messagingErrors);
