import { eventually } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';

/** How far time is moved between two looks: less than a lease of the laws is renewed within. */
const stepMs = 100;

/** Lets time pass until `probe` gives something. */
export function until<T>(subject: BackendSubject, what: string, probe: () => T | undefined | false): Promise<T> {
  return eventually(what, async () => {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    await subject.pass(stepMs);
    return probe();
  });
}
