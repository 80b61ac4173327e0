import { MessageReader, type Understood } from './message-reader.ts';
import { parseRequest, type ReceivedRequest, requestFraming } from './received-request.ts';

/** Reads one request after the other: the next one when it is told to, so that none is begun before the answer to the one before. */
export class RequestReader extends MessageReader<ReceivedRequest> {
  /** The next request may come, or has come. Nothing while one is being read: what is left of its body must not become a request. */
  next(): void {
    if (!this.idle) return;
    this.begin();
    this.resume();
  }

  protected override understand(text: string): Understood<ReceivedRequest> | string {
    const head = parseRequest(text);
    if (typeof head === 'string') return head;
    const framing = requestFraming(head);
    return typeof framing === 'string' ? framing : { head, framing, isInterim: false };
  }

  /** A client that speaks another protocol, TLS above all, may wait for an answer and never send what would end a head. */
  protected override possible(bytes: Buffer): boolean {
    const first = bytes[0] as number;
    return (first >= 0x41 && first <= 0x5a) || (first === 0x0d && bytes.length === 1);
  }

  /** Empty lines before a request (RFC 9112, section 2.2). */
  protected override meaningless(bytes: Buffer): number {
    let at = 0;
    while (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) at += 2;
    return at;
  }
}
