import { Call, compose, type Duration, type Runtime, TuttiError, timeout } from '@tutti/core';

/** Waits for work to end, but not longer than `drainTimeout`: false when it had not ended by then. */
export async function drained(name: string, work: () => Promise<void>, drainTimeout: Duration, runtime: Runtime): Promise<boolean> {
  try {
    await compose(work, [timeout({ operation: `draining ${name}`, timeout: drainTimeout })])(undefined, Call.root({ runtime }));
    return true;
  } catch (error) {
    if (TuttiError.is(error, 'TIMEOUT')) return false;
    throw error;
  }
}
