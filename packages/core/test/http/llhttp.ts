import { METHODS } from 'node:http';
import type { ToldOfAnswer } from './read-answer.ts';
import type { ToldOfRequest } from './read-request.ts';
import type { Told } from './recording-sink.ts';

type OnHead = (
  major: number,
  minor: number,
  fields: string[] | undefined,
  method: number | undefined,
  url: string | undefined,
  status: number,
  reason: string,
  isUpgrade: boolean,
  shouldKeepAlive: boolean,
) => number;

/** The part of Node's parser that is called here. It is llhttp in its strict mode, and reads what comes in one piece. */
interface Parser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  [on: number]: (...told: never[]) => number;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser } = process.getBuiltinModule('_http_common') as unknown as { readonly HTTPParser: ParserClass };
const parser = new HTTPParser();

export interface LlhttpMessage<Shown> {
  readonly told: readonly Told<Shown>[];
  readonly staysOpen: boolean;
}

/** A head as llhttp tells of it. */
interface Head {
  readonly minor: number;
  readonly raw: readonly string[];
  readonly method: number;
  readonly url: string;
  readonly status: number;
  readonly reason: string;
}

interface Kind<Shown> {
  readonly type: number;
  show(head: Head): Shown;
  /** Whether another head follows it. */
  isInterim(head: Head): boolean;
  /** Nothing of a body follows, whatever the head says. */
  readonly isBodiless: boolean;
}

/** The first message of a text as llhttp reads it, on a connection that ends behind it; undefined where it takes it for none, or not for a whole one. */
function readFirst<Shown>(text: string, { type, show, isInterim, isBodiless }: Kind<Shown>): LlhttpMessage<Shown> | undefined {
  const told: Told<Shown>[] = [];
  let raw: string[] = [];
  let [url, body] = ['', ''];
  let [staysOpen, isFinal, isWhole] = [false, false, false];
  parser.initialize(type, {});
  // more than 32 fields come in several pieces, and trailers behind the body
  parser[HTTPParser.kOnHeaders] = (fields: string[], begunUrl: string) => {
    if (isWhole) return 0;
    raw.push(...fields);
    url += begunUrl;
    return 0;
  };
  const onHead: OnHead = (_major, minor, fields, method = -1, restOfUrl = '', status, reason, _isUpgrade, shouldKeepAlive) => {
    if (isWhole) return 0;
    const head = { minor, raw: [...raw, ...(fields ?? [])], method, url: url + restOfUrl, status, reason };
    told.push({ kind: 'head', ...show(head) });
    raw = [];
    isFinal = !isInterim(head);
    staysOpen = shouldKeepAlive;
    return isBodiless && isFinal ? 1 : 0;
  };
  parser[HTTPParser.kOnHeadersComplete] = onHead;
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

type ShownOf<T> = T extends Told<infer Shown> ? Shown : never;

/** The answer to one request. */
export function answerByLlhttp(method: string, text: string): LlhttpMessage<ShownOf<ToldOfAnswer>> | undefined {
  const answer = readFirst(text, {
    type: HTTPParser.RESPONSE,
    show: ({ status, reason, minor, raw }) => ({ status, reason, minor, raw }),
    isInterim: ({ status }) => status < 200 && status !== 101,
    isBodiless: method === 'HEAD',
  });
  // that an answer to HEAD says nothing of its body means to llhttp that the connection ends
  return answer && method === 'HEAD' ? { ...answer, staysOpen: true } : answer;
}

/** A request. Behind one that asks for a tunnel or another protocol llhttp stops, as behind any other. */
export function requestByLlhttp(text: string): LlhttpMessage<ShownOf<ToldOfRequest>> | undefined {
  return readFirst(text, {
    type: HTTPParser.REQUEST,
    show: ({ method, url, minor, raw }) => ({ method: nameOf.get(method) ?? '', target: url, minor, raw }),
    isInterim: () => false,
    isBodiless: false,
  });
}

/** llhttp tells of a method by its number, and nobody tells what the numbers mean: it is asked for each. */
const nameOf: ReadonlyMap<number, string> = new Map(METHODS.map((name) => [numberOf(name), name]));

function numberOf(name: string): number {
  let number = -1;
  const show = ({ method }: Head): object => {
    number = method;
    return {};
  };
  readFirst(`${name} ${name === 'CONNECT' ? 'h:1' : '/'} HTTP/1.1\r\n\r\n`, {
    type: HTTPParser.REQUEST,
    show,
    isInterim: () => false,
    isBodiless: false,
  });
  return number;
}
