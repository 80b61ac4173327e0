import { type Framing, staysOpen } from '../../src/http/framing.ts';
import type { Fields, ResponseHead } from '../../src/http/response-head.ts';
import { ResponseReader, type ResponseSink } from '../../src/http/response-reader.ts';

/** What a sink was told, in latin1, with the pieces of data that came without anything between them as one. */
export type Told =
  | { readonly kind: 'head'; readonly status: number; readonly reason: string; readonly minor: number; readonly raw: readonly string[] }
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'end'; readonly trailers: readonly string[] }
  | { readonly kind: 'malformed' };

/** Writes down what it is told, and lets a test do something each time. */
export class RecordingSink implements ResponseSink {
  readonly told: Told[] = [];
  problem = '';
  staysOpen = false;
  #onTold: () => void = () => {};

  onTold(then: () => void): void {
    this.#onTold = then;
  }

  head(head: ResponseHead, framing: Framing): void {
    const { status, reason, minor, fields } = head;
    this.staysOpen = staysOpen(head, framing);
    this.#tell({ kind: 'head', status, reason, minor, raw: fields.raw });
  }

  data(chunk: Buffer): void {
    const last = this.told.at(-1);
    const text = chunk.toString('latin1');
    if (last?.kind === 'data') this.told.splice(-1, 1, { kind: 'data', text: last.text + text });
    else this.told.push({ kind: 'data', text });
    this.#onTold();
  }

  end(trailers: Fields | undefined): void {
    this.#tell({ kind: 'end', trailers: trailers?.raw ?? [] });
  }

  malformed(problem: string): void {
    this.problem = problem;
    this.#tell({ kind: 'malformed' });
  }

  #tell(told: Told): void {
    this.told.push(told);
    this.#onTold();
  }
}

/** One answer as a reader took it. */
export interface ReadAnswer {
  readonly outcome: 'whole' | 'malformed' | 'incomplete';
  readonly told: readonly Told[];
  readonly problem: string;
  readonly staysOpen: boolean;
  /** What belongs to no answer any more. */
  readonly leftover: string;
}

/** Reads pieces of a connection, which ends behind them, as the answer to one request. */
export function readAnswer(method: string, pieces: readonly string[]): ReadAnswer {
  const sink = new RecordingSink();
  const reader = new ResponseReader(sink);
  reader.expect(method);
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  return readBy(reader, sink);
}

/** What a reader has read when its connection ends. */
export function readBy(reader: ResponseReader, sink: RecordingSink): ReadAnswer {
  const isWhole = reader.finish() && sink.problem === '';
  const outcome = isWhole ? 'whole' : sink.problem === '' ? 'incomplete' : 'malformed';
  const { told, problem, staysOpen } = sink;
  return { outcome, told, problem, staysOpen, leftover: isWhole ? (reader.release()?.toString('latin1') ?? '') : '' };
}
