import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../runtime/clock.ts';
import { type Deadline, deadlineWheel } from '../../runtime/deadline-wheel.ts';
import type { EtcdHost } from './etcd-hosts.ts';

/** Certificates in PEM: whose servers are believed, and who this client is. */
export interface EtcdTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** No answer. `sent` says whether the member may have read the question. */
export class EtcdSilence extends Error {
  readonly sent: boolean;

  constructor(problem: string, sent: boolean, cause?: unknown) {
    super(problem, { cause });
    this.sent = sent;
  }
}

export interface EtcdReply {
  readonly status: number;
  readonly text: string;
}

interface Question {
  readonly path: string;
  readonly json: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted, it ends the request. */
  readonly signal: AbortSignal;
}

/** As many questions as are on their way to one member at once; the others wait for a connection. */
const maxSockets = 32;

/** HTTP/1.1 to the members, over connections that are kept. */
export class EtcdHttp {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #agents: { readonly 'http:': Agent; readonly 'https:': SecureAgent };
  readonly #tls: EtcdTls;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, patienceMs: number, tls: EtcdTls) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#tls = tls;
    this.#agents = {
      'http:': new Agent({ keepAlive: true, maxSockets }),
      'https:': new SecureAgent({ keepAlive: true, maxSockets, ...tls }),
    };
  }

  /** @throws EtcdSilence */
  ask(host: EtcdHost, question: Question): Promise<EtcdReply> {
    return new Promise((resolve, reject) => {
      const asked = this.#send(host, question, true, reject);
      asked.request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          asked.answered();
          resolve({ status: response.statusCode ?? 0, text });
        });
        response.once('error', asked.failed);
        response.once('close', () => asked.failed(new Error('the connection ended')));
      });
    });
  }

  /**
   * One line at a time, over a connection of its own. The first must come in time, the others may. Resolves with the reply where it is no
   * stream, which is a refusal.
   * @throws EtcdSilence when the stream ends; what `onLine` throws, which ends it.
   */
  listen(host: EtcdHost, question: Question, onLine: (line: string) => void): Promise<EtcdReply> {
    return new Promise((resolve, reject) => {
      const asked = this.#send(host, question, false, reject);
      asked.request.once('response', (response) => {
        const refused = response.statusCode !== 200;
        let text = '';
        linesOf(response, (line) => {
          text += line;
          if (refused) return;
          asked.answered();
          response.socket.unref(); // to listen is no reason for a process to go on
          try {
            onLine(line);
          } catch (error) {
            reject(error);
            asked.request.destroy();
          }
        });
        response.once('end', () => {
          if (refused) resolve({ status: response.statusCode ?? 0, text });
        });
        response.once('error', asked.failed);
        response.once('close', () => asked.failed(new Error('the stream ended')));
      });
    });
  }

  close(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  #send({ url }: EtcdHost, question: Question, kept: boolean, reject: (error: EtcdSilence) => void): Asked {
    const secure = url.protocol === 'https:';
    const options = {
      method: 'POST',
      agent: kept ? this.#agents[secure ? 'https:' : 'http:'] : false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(question.json), ...question.headers },
      signal: question.signal,
      ...(secure && this.#tls),
    };
    const asked = (secure ? secureRequest : request)(new URL(question.path, url), options);
    let [waits, sent] = [true, false];
    const failed = (error: Error): void => {
      late.cancel();
      reject(new EtcdSilence(error.message || String((error as NodeJS.ErrnoException).code), sent, error));
    };
    const answered = (): void => {
      late.cancel();
      this.#answeredAt = this.#clock.now();
    };
    const giveUp = (): void => {
      // it has no connection yet, and others are being answered: its turn will come
      if (waits && this.#clock.now() - this.#answeredAt < this.#patienceMs) late = this.#lateFrom(this.#answeredAt, giveUp);
      else {
        const error = new Error(`no answer within ${this.#patienceMs} ms`);
        failed(error);
        asked.destroy(error);
      }
    };
    let late = this.#lateFrom(this.#clock.now(), giveUp);
    asked.once('socket', (socket) => {
      waits = false;
      late.cancel();
      if (!asked.destroyed) late = this.#lateFrom(this.#clock.now(), giveUp);
      const connected = (): void => {
        sent = true;
      };
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    asked.on('error', failed);
    asked.end(question.json);
    return { request: asked, answered, failed };
  }

  #lateFrom(from: number, giveUp: () => void): Deadline {
    return deadlineWheel(this.#clock).at(from + this.#patienceMs, giveUp);
  }
}

interface Asked {
  readonly request: ClientRequest;
  /** Ends the patience. */
  readonly answered: () => void;
  readonly failed: (error: Error) => void;
}

function linesOf(response: IncomingMessage, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  };
  response.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  response.once('end', () => take('\n'));
}
