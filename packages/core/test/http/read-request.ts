import { usualHeadBytes } from '../../src/http/head-end.ts';
import { type ReceivedRequest, wantsMore } from '../../src/http/received-request.ts';
import { RequestReader } from '../../src/http/request-reader.ts';
import { type ReadMessage, RecordingSink, readBy, type Told } from './recording-sink.ts';

interface Shown {
  readonly method: string;
  readonly target: string;
  readonly minor: number;
  readonly raw: readonly string[];
}
export type ToldOfRequest = Told<Shown>;
export type ReadRequest = ReadMessage<Shown>;

export function requestSink(): RecordingSink<ReceivedRequest, Shown> {
  const show = ({ method, target, minor, fields: { raw } }: ReceivedRequest): Shown => ({ method, target, minor, raw });
  return new RecordingSink(show, wantsMore);
}

/** Reads pieces of a connection, which ends behind them, as one request. */
export function readRequest(pieces: readonly string[]): ReadRequest {
  const sink = requestSink();
  const reader = new RequestReader(sink, usualHeadBytes);
  reader.next();
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  return readBy(reader, sink);
}
