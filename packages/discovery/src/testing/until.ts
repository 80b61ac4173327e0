import { eventually } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';

/** How far time is moved between two looks: less than a lease of the laws is renewed within. */
const stepMs = 100;

/** How much real time goes by meanwhile: enough for threads and sockets to keep up, as a lease of the laws lasts twenty steps. */
const pauseMs = 4;

/** Lets time pass until `probe` gives something. */
export function until<T>(
  subject: BackendSubject,
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const look = async (): Promise<T | undefined | false> => {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await subject.pass(stepMs);
    return probe();
  };
  return eventually(what, look, 10_000, pauseMs);
}
