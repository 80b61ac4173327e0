/** Where a command writes and whom it may ask. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name of the user, where the system knows one. */
  readonly user: string | undefined;
  /** Resolves when more can be written. */
  out(text: string): Promise<void>;
  /** One line beside the output. */
  note(line: string): void;
  /** Undefined where nobody sits who could answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}
