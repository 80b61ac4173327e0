import { defineEvents, event } from '@tutti/core';
import { z } from 'zod';

const documentId = z.string().min(1);

/** Every event of the platform. */
export const events = defineEvents({
  'document.uploaded': event(z.object({ documentId, name: z.string(), bytes: z.number().int().positive() }), {
    key: (data) => data.documentId,
  }),
  'document.analysis.completed': event(z.object({ documentId, hasArbitration: z.boolean(), score: z.number() }), {
    key: (data) => data.documentId,
  }),
  'document.analysis.failed': event(z.object({ documentId, code: z.string(), reason: z.string() }), { key: (data) => data.documentId }),
});
