import type { Told } from './read-answer.ts';

/** The part of Node's parser that is called here. It is llhttp in its strict mode, and reads what comes in one piece. */
interface Parser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  [on: number]: (...told: never[]) => number;
}

interface ParserClass {
  new (): Parser;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser } = process.getBuiltinModule('_http_common') as unknown as { readonly HTTPParser: ParserClass };
const parser = new HTTPParser();

export interface LlhttpAnswer {
  readonly told: readonly Told[];
  readonly staysOpen: boolean;
}

/** The answer to one request as llhttp reads it, on a connection that ends behind it; undefined where it takes it for none, or not for a whole one. */
export function readByLlhttp(method: string, text: string): LlhttpAnswer | undefined {
  const told: Told[] = [];
  let raw: string[] = [];
  let body = '';
  let [staysOpen, isFinal, isWhole] = [false, false, false];
  parser.initialize(HTTPParser.RESPONSE, {});
  // more than 32 fields come in several pieces, and trailers behind the body
  parser[HTTPParser.kOnHeaders] = (fields: string[]) => {
    if (!isWhole) raw.push(...fields);
    return 0;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    minor: number,
    fields: string[] | undefined,
    _method: undefined,
    _url: undefined,
    status: number,
    reason: string,
    _isUpgrade: boolean,
    shouldKeepAlive: boolean,
  ) => {
    if (isWhole) return 0;
    told.push({ kind: 'head', status, reason, minor, raw: [...raw, ...(fields ?? [])] });
    raw = [];
    isFinal = status >= 200 || status === 101;
    staysOpen = shouldKeepAlive;
    return method === 'HEAD' && isFinal ? 1 : 0; // 1: nothing of a body follows
  };
  parser[HTTPParser.kOnBody] = (chunk: Buffer) => {
    if (!isWhole) body += chunk.toString('latin1');
    return 0;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (isWhole || !isFinal) return 0;
    isWhole = true;
    if (body !== '') told.push({ kind: 'data', text: body });
    told.push({ kind: 'end', trailers: raw });
    return 0;
  };
  if (typeof parser.execute(Buffer.from(text, 'latin1')) === 'number') parser.finish();
  return isWhole ? { told, staysOpen } : undefined;
}
