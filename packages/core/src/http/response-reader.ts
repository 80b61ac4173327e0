import { framingOf, staysOpen } from './framing.ts';
import { usualHeadBytes } from './head-end.ts';
import { MessageReader, type MessageSink, type Understood } from './message-reader.ts';
import { parseHead, type ResponseHead } from './response-head.ts';

/** Who is told of an answer. */
export type ResponseSink = MessageSink<ResponseHead>;

/** Reads the answer to one request after the other. */
export class ResponseReader extends MessageReader<ResponseHead> {
  #method = '';

  constructor(sink: ResponseSink) {
    super(sink, usualHeadBytes);
  }

  /** The answer that comes next is that to a request of this method. */
  expect(method: string): void {
    this.#method = method;
    this.begin();
  }

  protected override understand(text: string): Understood<ResponseHead> | string {
    const head = parseHead(text);
    if (typeof head === 'string') return head;
    const framing = framingOf(head, this.#method);
    if (typeof framing === 'string') return framing;
    const isInterim = head.status < 200 && head.status !== 101;
    if (isInterim && !staysOpen(head, framing)) return `an answer with status ${head.status} ends the connection`;
    return { head, framing, isInterim };
  }
}
