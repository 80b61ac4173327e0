import { defineEvents, type EventDefinition, event } from '@tutti/core';
import { z } from 'zod';

export const events: {
  readonly 'contract.uploaded': EventDefinition<{ contractId: string }>;
  readonly 'contract.read': EventDefinition<{ contractId: string; worker: number }>;
} = defineEvents({
  'contract.uploaded': event(z.object({ contractId: z.string() })),
  'contract.read': event(z.object({ contractId: z.string(), worker: z.number() })),
});
