import type { Fields } from '@tutti/core/http';

/** The headers of a request: as they came, and by name. */
export class RequestHeaders {
  /** Name, value, name, value, in the order and spelling in which they came. */
  readonly raw: readonly string[];
  /** The names of `raw` in lower case, in the same order. */
  readonly names: readonly string[];
  /** By lower-case name; a header that came more than once is a list. */
  readonly byName: Readonly<Record<string, string | readonly string[]>>;

  constructor(raw: readonly string[], parsed?: Pick<RequestHeaders, 'names' | 'byName'>) {
    this.raw = raw;
    if (parsed) {
      this.names = parsed.names;
      this.byName = parsed.byName;
      return;
    }
    const names: string[] = [];
    const byName: Record<string, string | string[]> = Object.create(null);
    for (let index = 0; index < raw.length; index += 2) {
      const name = (raw[index] as string).toLowerCase();
      const value = raw[index + 1] as string;
      names.push(name);
      const before = byName[name];
      if (before === undefined) byName[name] = value;
      else if (typeof before === 'string') byName[name] = [before, value];
      else before.push(value);
    }
    this.names = names;
    this.byName = byName;
  }

  /** Of what a reader has sorted already. */
  static of(fields: Fields): RequestHeaders {
    return new RequestHeaders(fields.raw, fields);
  }

  /** The value of a header that came exactly once. */
  single(name: string): string | undefined {
    const value = this.byName[name];
    return typeof value === 'string' ? value : undefined;
  }

  isRepeated(name: string): boolean {
    return typeof this.byName[name] === 'object';
  }

  /** All values of a header as one list (RFC 9110, section 5.3). */
  combined(name: string): string | undefined {
    const value = this.byName[name];
    return value === undefined || typeof value === 'string' ? value : value.join(', ');
  }
}
