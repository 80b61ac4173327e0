/** Where secrets come from. A value is never logged and never part of an error. */
export interface SecretSource {
  /** Undefined when there is no such secret. The last good value while the source is away, until it expires. */
  get(name: string): Promise<string | undefined>;
}
