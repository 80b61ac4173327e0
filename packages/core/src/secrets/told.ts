import type { Secret } from '../ports/secret.ts';

/** A listener that is told of changes only. */
export interface Told {
  /** In a microtask of its own; never what it was told last, never after `end`. */
  tell(secret: Secret | undefined): void;
  readonly end: () => void;
}

/** Keeps the promises of `SecretSource.watch` for one listener, the same in every source. */
export function told(listener: (secret: Secret | undefined) => void): Told {
  let knows = false;
  let last: Secret | undefined;
  let ended = false;
  const same = (secret: Secret | undefined): boolean =>
    last === undefined || secret === undefined ? last === secret : last.equals(secret);
  return {
    tell(secret) {
      if (ended || (knows && same(secret))) return;
      knows = true;
      last = secret;
      queueMicrotask(() => {
        if (!ended) listener(secret);
      });
    },
    end: () => {
      ended = true;
    },
  };
}
