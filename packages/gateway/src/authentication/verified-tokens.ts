import { hash } from 'node:crypto';
import type { Identity } from './authenticator.ts';

/** What a token said when its signature fitted, and in which time it holds, in milliseconds since the epoch. */
export interface Verified {
  readonly identity: Identity;
  readonly from: number;
  readonly until: number;
}

export interface VerifiedTokensOptions {
  readonly maxTokens: number;
  readonly maxBytes: number;
}

/** What an entry needs beside what the token says: its key, two numbers, the objects. */
const overheadBytes = 512;

/**
 * Tokens whose signature has been checked, so that it is checked once and not with every request. Only good ones are kept: a bad one costs its
 * check each time, and cannot push a good one out.
 *
 * Kept under the SHA-256 of the token. A token could be looked for by itself, but then it would lie in memory and in every heap dump, and the
 * time of a comparison could tell how much of a guess is right; of a digest nobody can choose the beginning.
 *
 * Bounded by two halves: what is found in the older one moves to the younger, and when that is full the older is dropped. A find writes nothing.
 */
export class VerifiedTokens {
  readonly #maxTokens: number;
  readonly #maxBytes: number;
  #revision = 0;
  #young: Map<string, Verified> = new Map();
  #old: Map<string, Verified> = new Map();
  #youngBytes = 0;

  constructor({ maxTokens, maxBytes }: VerifiedTokensOptions) {
    this.#maxTokens = Math.ceil(maxTokens / 2);
    this.#maxBytes = maxBytes / 2;
  }

  /** Entries in memory now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** @param revision Of the keys there are now: what was verified with others does not count. */
  get(token: string, revision: number, epochMs: number): Identity | undefined {
    if (revision !== this.#revision) {
      this.#clear(revision);
      return undefined;
    }
    const key = digest(token);
    const young = this.#young.get(key);
    if (young) return holds(young, epochMs) ? young.identity : this.#forget(key);
    const old = this.#old.get(key);
    if (!old) return undefined;
    this.#old.delete(key);
    if (!holds(old, epochMs)) return undefined;
    this.#put(key, old, token.length);
    return old.identity;
  }

  /** @param revision Of the keys that it was verified with; dropped when there are others by now. */
  add(token: string, revision: number, verified: Verified): void {
    if (revision < this.#revision) return;
    if (revision > this.#revision) this.#clear(revision);
    this.#put(digest(token), verified, token.length);
  }

  /** What an identity holds is part of its token, two bytes a character at most. */
  #put(key: string, verified: Verified, tokenLength: number): void {
    const bytes = overheadBytes + 2 * tokenLength;
    if (bytes > this.#maxBytes) return;
    if (this.#young.size >= this.#maxTokens || this.#youngBytes + bytes > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, verified);
    this.#youngBytes += bytes;
  }

  /** Its bytes stay counted until its half is dropped: the bound is kept early rather than late. */
  #forget(key: string): undefined {
    this.#young.delete(key);
  }

  #clear(revision: number): void {
    this.#revision = revision;
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'binary');
}

/** The clock may have been set back, to before the token begins. */
function holds({ from, until }: Verified, epochMs: number): boolean {
  return epochMs >= from && epochMs < until;
}
