import { createHash } from 'node:crypto';
import { Call } from '../call/call.ts';
import { messageOf } from '../errors/message-of.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import type { KeyValue } from '../ports/key-value.ts';
import type { Runtime } from '../runtime/runtime.ts';

type Operation = (store: KeyValue) => Promise<unknown>;

/** Leaves room for what stands before it, of the 1,024 characters that a store takes. */
const longestKey = 800;

/** The store that processes share, behind its guard. What the guard or the store throws comes out as it is. */
export class SecondLevel {
  readonly #operate: Handler<Operation, unknown>;
  readonly #call: Call;
  readonly #prefix: string;
  #problem: string | undefined;
  #failures = 0;

  constructor(options: { readonly name: string; readonly store: KeyValue; readonly guard: AnyLayer; readonly runtime: Runtime }) {
    this.#prefix = `cache:${options.name}:`;
    this.#call = Call.root({ runtime: options.runtime });
    this.#operate = compose((operation: Operation) => operation(options.store), [options.guard]);
  }

  /** Why the last operation failed; undefined when it succeeded. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get failures(): number {
    return this.#failures;
  }

  get(kind: Kind, key: string): Promise<Uint8Array | undefined> {
    return this.#run((store) => store.get(this.#at(kind, key)));
  }

  set(kind: Kind, key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    return this.#run((store) => store.set(this.#at(kind, key), value, Math.ceil(ttlMs)));
  }

  setIfAbsent(kind: Kind, key: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    return this.#run((store) => store.setIfAbsent(this.#at(kind, key), value, Math.ceil(ttlMs)));
  }

  delete(kind: Kind, key: string): Promise<void> {
    return this.#run((store) => store.delete(this.#at(kind, key)));
  }

  /** Keys may have parts from outside, of any length; a store refuses long ones, and must not be taken for broken because of that. */
  #at(kind: Kind, key: string): string {
    const name = key.length > longestKey ? `sha256-${createHash('sha256').update(key).digest('hex')}` : key;
    return `${this.#prefix}${kind}:${name}`;
  }

  async #run<T>(operation: (store: KeyValue) => Promise<T>): Promise<T> {
    try {
      const result = await this.#operate(operation, this.#call);
      this.#problem = undefined;
      return result as T;
    } catch (error) {
      this.#failures++;
      this.#problem = messageOf(error);
      throw error;
    }
  }
}

/** What lies under a key: an entry, the version of a tag, the lock of a load. */
type Kind = 'entry' | 'tag' | 'lock';
