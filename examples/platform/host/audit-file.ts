import { open } from 'node:fs/promises';
import type { AuditSink, Clock } from '@tutti/core';

/** Appends every record to a file, as one line of JSON that is on the disk before the action goes on. */
export function auditFile(path: string, clock: Clock): AuditSink {
  return {
    async record(record) {
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(`${JSON.stringify({ recordedAt: new Date(clock.epoch()).toISOString(), ...record })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}
