import { Readable } from 'node:stream';

/** The body of a request as it comes from its connection, which is read no faster than somebody reads this. */
export class RequestStream extends Readable {
  /** Name, value, name, value: the fields that came behind it. */
  rawTrailers: readonly string[] = [];
  readonly #more: () => void;

  /** @param more Called when there is room for more. */
  constructor(more: () => void) {
    super({ highWaterMark: 65_536 });
    this.#more = more;
    this.on('error', () => {}); // whoever reads hears of it
  }

  override _read(): void {
    this.#more();
  }
}
