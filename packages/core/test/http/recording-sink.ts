import type { Fields } from '../../src/http/fields.ts';
import type { Framing } from '../../src/http/framing.ts';
import type { MessageReader, MessageSink } from '../../src/http/message-reader.ts';

/** What a sink was told, in latin1, with the pieces of data that came without anything between them as one. */
export type Told<Shown> =
  | ({ readonly kind: 'head' } & Shown)
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'end'; readonly trailers: readonly string[] }
  | { readonly kind: 'malformed' };

/** Writes down what it is told, and lets a test do something each time. */
export class RecordingSink<Head, Shown> implements MessageSink<Head> {
  readonly told: Told<Shown>[] = [];
  problem = '';
  isTooLong = false;
  staysOpen = false;
  readonly #show: (head: Head) => Shown;
  readonly #staysOpen: (head: Head, framing: Framing) => boolean;
  #onTold: (told: Told<Shown>) => void = () => {};

  constructor(show: (head: Head) => Shown, staysOpen: (head: Head, framing: Framing) => boolean) {
    this.#show = show;
    this.#staysOpen = staysOpen;
  }

  onTold(then: (told: Told<Shown>) => void): void {
    this.#onTold = then;
  }

  head(head: Head, framing: Framing): void {
    this.staysOpen = this.#staysOpen(head, framing);
    this.#tell({ kind: 'head', ...this.#show(head) });
  }

  data(chunk: Buffer): void {
    const last = this.told.at(-1);
    const text = chunk.toString('latin1');
    if (last?.kind === 'data') this.told.pop();
    this.#tell({ kind: 'data', text: last?.kind === 'data' ? last.text + text : text });
  }

  end(trailers: Fields | undefined): void {
    this.#tell({ kind: 'end', trailers: trailers?.raw ?? [] });
  }

  malformed(problem: string, isTooLong: boolean): void {
    this.problem = problem;
    this.isTooLong = isTooLong;
    this.#tell({ kind: 'malformed' });
  }

  #tell(told: Told<Shown>): void {
    this.told.push(told);
    this.#onTold(told);
  }
}

/** One message as a reader took it. */
export interface ReadMessage<Shown> {
  readonly outcome: 'whole' | 'malformed' | 'incomplete';
  readonly told: readonly Told<Shown>[];
  readonly problem: string;
  readonly staysOpen: boolean;
  /** What belongs to no message any more. */
  readonly leftover: string;
}

/** What a reader has read when its connection ends. */
export function readBy<Head, Shown>(reader: MessageReader<Head>, sink: RecordingSink<Head, Shown>): ReadMessage<Shown> {
  const isWhole = reader.finish() && sink.problem === '';
  const outcome = isWhole ? 'whole' : sink.problem === '' ? 'incomplete' : 'malformed';
  const { told, problem, staysOpen } = sink;
  return { outcome, told, problem, staysOpen, leftover: isWhole ? (reader.release()?.toString('latin1') ?? '') : '' };
}
