import { staysOpen } from '../../src/http/framing.ts';
import type { ResponseHead } from '../../src/http/response-head.ts';
import { ResponseReader } from '../../src/http/response-reader.ts';
import { type ReadMessage, RecordingSink, readBy, type Told } from './recording-sink.ts';

interface Shown {
  readonly status: number;
  readonly reason: string;
  readonly minor: number;
  readonly raw: readonly string[];
}
export type ToldOfAnswer = Told<Shown>;
export type ReadAnswer = ReadMessage<Shown>;

export function answerSink(): RecordingSink<ResponseHead, Shown> {
  const show = ({ status, reason, minor, fields: { raw } }: ResponseHead): Shown => ({ status, reason, minor, raw });
  return new RecordingSink(show, staysOpen);
}

/** Reads pieces of a connection, which ends behind them, as the answer to one request. */
export function readAnswer(method: string, pieces: readonly string[]): ReadAnswer {
  const sink = answerSink();
  const reader = new ResponseReader(sink);
  reader.expect(method);
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  return readBy(reader, sink);
}
