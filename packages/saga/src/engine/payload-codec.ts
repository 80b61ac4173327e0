import { messageOf } from '@tutti/core';
import { sagaError } from '../errors.ts';

/**
 * How inputs and results become text and back, for whoever wants them encrypted in the store. `decode(encode(x))` must give `x`; nothing else is
 * promised to it. What it throws is the failure of the step, for good.
 */
export interface PayloadCodec {
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/** Plain JSON. `undefined` is kept as such. */
export const jsonCodec: PayloadCodec = Object.freeze({
  encode(value: unknown): string {
    if (value === undefined) return '';
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined) throw new TypeError(`a ${typeof value} cannot be written as JSON`);
    return json;
  },
  decode: (text: string): unknown => (text === '' ? undefined : JSON.parse(text)),
});

/** What a payload says. @throws SAGA_PAYLOAD_REFUSED, for good. */
export function readPayload(codec: PayloadCodec, what: string, text: string): unknown {
  try {
    return codec.decode(text);
  } catch (cause) {
    const problem = `cannot be read: ${messageOf(cause)}`;
    throw sagaError('SAGA_PAYLOAD_REFUSED', { what, problem }, { cause });
  }
}

/**
 * The text of a payload, within its limit.
 * @throws SAGA_PAYLOAD_REFUSED, for good.
 */
export function writePayload(codec: PayloadCodec, what: string, value: unknown, maxBytes: number): string {
  let text: string;
  try {
    text = codec.encode(value);
  } catch (cause) {
    const problem = `cannot be stored: ${messageOf(cause)}`;
    throw sagaError('SAGA_PAYLOAD_REFUSED', { what, problem }, { cause });
  }
  // A character is three bytes at most, so short texts need not be measured.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw sagaError('SAGA_PAYLOAD_REFUSED', { what, problem: `has ${bytes} bytes; ${maxBytes} are the limit` });
  return text;
}
