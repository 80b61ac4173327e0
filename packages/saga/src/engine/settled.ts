import type { Call } from '@tutti/core';

/** What the work ends with, or the reason of the cancellation as soon as there is one: work that goes on then is nobody's any more. */
export function settled<T>(work: Promise<T>, call: Call): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = call.onCancel(reject);
    work.then(
      (result) => {
        forget();
        resolve(result);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}
