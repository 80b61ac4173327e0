/** What the exit code of `tutti` says. */
export const exitCodes = {
  done: 0,
  /** The server cannot be reached, could not answer, or the action failed. */
  failed: 1,
  /** The command line, or what it gave an action, is wrong. Nothing was done. */
  usage: 2,
  /** The token is missing or wrong, acting is not allowed, or nobody confirmed. Nothing was done. */
  refused: 3,
  /** There is no such feature, resource or action there. */
  notFound: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** How a part of the work ended: with a value, or with what to say in one line and the code to end with. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly exit: ExitCode; readonly message: string };

export const failure = (exit: ExitCode, message: string): Extract<Outcome<never>, { ok: false }> => ({ ok: false, exit, message });
