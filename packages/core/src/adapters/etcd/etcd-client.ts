import { coreError } from '../../errors/core-errors.ts';
import { messageOf } from '../../errors/message-of.ts';
import type { TuttiError } from '../../errors/tutti-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { EtcdHost } from './etcd-hosts.ts';
import { EtcdHttp, type EtcdReply, EtcdSilence, type EtcdTls } from './etcd-http.ts';

export interface EtcdClientOptions {
  readonly name: string;
  readonly hosts: readonly EtcdHost[];
  readonly clock: Clock;
  readonly commandMs: number;
  readonly tls: EtcdTls;
}

/** Codes of gRPC, which etcd's JSON gives as well. */
const notFound = 5;
const permissionDenied = 7;
const failedPrecondition = 9;
const unauthenticated = 16;

/** What etcd answered instead of doing what it was asked. */
class EtcdRefusal extends Error {
  readonly code: number | undefined;

  constructor(problem: string, code: number | undefined) {
    super(problem);
    this.code = code;
  }
}

/** The lease that was named is over. */
export const isLeaseNotFound = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof EtcdRefusal && error.cause.code === notFound;

/**
 * Asks the members of a cluster, one at a time: the one that answered last, until it does not. A question that surely did not reach a member goes to
 * the next; one that may have is given up, and the next question goes to the next member.
 */
export class EtcdClient {
  readonly #options: EtcdClientOptions;
  readonly #http: EtcdHttp;
  readonly #closing = new AbortController();
  #at = 0;
  #token: string | undefined;

  constructor(options: EtcdClientOptions) {
    this.#options = options;
    this.#http = new EtcdHttp(options.clock, options.commandMs, options.tls);
  }

  /** @throws STORE_UNAVAILABLE, with `sent: false` where nothing can have been done; STORE_UNSUPPORTED. */
  async ask<T extends object>(path: string, question: object): Promise<T> {
    const reply = await this.#known((headers) =>
      this.#first((host) => this.#http.ask(host, { path, json: JSON.stringify(question), headers, signal: this.#closing.signal })),
    );
    return this.#bodyOf<T>(reply);
  }

  /**
   * Gives each message of a stream to `onMessage` until `signal` is aborted.
   * @throws as `ask`, when the stream ends by itself.
   */
  async listen<T extends object>(path: string, question: object, onMessage: (message: T) => void, signal: AbortSignal): Promise<void> {
    const onLine = (line: string): void => {
      if (!signal.aborted) onMessage(this.#messageOf<T>(line));
    };
    const ending = AbortSignal.any([signal, this.#closing.signal]);
    try {
      const refusal = await this.#known((headers) =>
        // a member that has lost the others would be silent for ever: so it ends the stream
        this.#first((host) =>
          this.#http.listen(
            host,
            { path, json: JSON.stringify(question), headers: { ...headers, 'grpc-metadata-hasleader': 'true' }, signal: ending },
            onLine,
          ),
        ),
      );
      this.#bodyOf(refusal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#http.close();
  }

  async #first(ask: (host: EtcdHost) => Promise<EtcdReply>): Promise<EtcdReply> {
    const { hosts } = this.#options;
    for (let tried = 1; ; tried++) {
      const at = this.#at;
      const host = hosts[at] as EtcdHost;
      try {
        const reply = await ask(host);
        if (reply.status >= 500) this.#leave(at); // it has no leader, or is busy: it may be alone with that
        return reply;
      } catch (error) {
        this.#leave(at);
        if (!(error instanceof EtcdSilence)) throw error;
        if (error.sent || tried >= hosts.length || this.#closing.signal.aborted)
          throw this.#unavailable(`${host.name}: ${error.message}`, error.sent, error);
      }
    }
  }

  /** Unless another question has left it already. */
  #leave(at: number): void {
    if (this.#at === at) this.#at = (at + 1) % this.#options.hosts.length;
  }

  /** Says who asks where the hosts' URLs name somebody. A token that is too old is replaced once. */
  async #known(ask: (headers: Readonly<Record<string, string>>) => Promise<EtcdReply>): Promise<EtcdReply> {
    const user = this.#options.hosts[0]?.user;
    if (!user) return ask({});
    const token = this.#token ?? (await this.#login(user));
    const reply = await ask({ authorization: token });
    if (!isTokenOld(reply)) return reply;
    const newer = this.#token === token ? undefined : this.#token;
    return ask({ authorization: newer ?? (await this.#login(user)) });
  }

  /** A cluster that does not ask who one is takes any token. */
  async #login({ name, password }: NonNullable<EtcdHost['user']>): Promise<string> {
    const question = { path: '/v3/auth/authenticate', json: JSON.stringify({ name, password }), headers: {}, signal: this.#closing.signal };
    const reply = await this.#first((host) => this.#http.ask(host, question));
    if (reply.status === 400) throw this.#unsupported(`it knows no user '${name}' with this password`);
    if (codeOf(parsed(reply.text)) === failedPrecondition) return '';
    const { token } = this.#bodyOf<{ readonly token: string }>(reply);
    this.#token = token;
    return token;
  }

  #bodyOf<T extends object>(reply: EtcdReply): T {
    const body = parsed(reply.text);
    if (reply.status === 200 && body) return body as T;
    const said = wordsOf(body);
    const problem = said ? `it answered "${said}"` : `it answered with status ${reply.status}`;
    if (reply.status === 404 && !said?.startsWith('etcdserver'))
      throw this.#unsupported('it has no JSON API under /v3: etcd 3.4 or newer is needed, with its gRPC gateway on');
    const code = codeOf(body);
    if (code === permissionDenied || code === unauthenticated) throw this.#unsupported(problem);
    throw this.#unavailable(problem, reply.status >= 500, new EtcdRefusal(problem, code));
  }

  #messageOf<T extends object>(line: string): T {
    const message = parsed(line) as { readonly result?: T; readonly error?: object } | undefined;
    if (message?.result) return message.result;
    throw this.#unavailable(`it ended the stream: ${wordsOf(message?.error) ?? 'what it said is no JSON'}`, true);
  }

  #unavailable(problem: string, sent: boolean, cause?: unknown): TuttiError {
    return coreError('STORE_UNAVAILABLE', { store: this.#options.name, problem, sent }, { cause });
  }

  #unsupported(problem: string): TuttiError {
    return coreError('STORE_UNSUPPORTED', { store: this.#options.name, problem });
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // not from etcd, or cut off: told as such
  }
}

function codeOf(body: object | undefined): number | undefined {
  return body && 'code' in body && typeof body.code === 'number' ? body.code : undefined;
}

function wordsOf(body: object | undefined): string | undefined {
  return body && 'message' in body ? messageOf(body.message) : undefined;
}

/** Tokens age, are forgotten by a member that starts again, and do not survive a change of the rights. */
function isTokenOld({ status, text }: EtcdReply): boolean {
  return status >= 400 && /invalid auth token|revision of auth store is old/.test(text);
}
