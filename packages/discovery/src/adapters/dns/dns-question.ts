import { messageOf } from '@tutti/core';

/** The part of node:dns/promises that is used. Whatever it cannot answer it rejects, with a `code` as Node's errors have. */
export interface DnsResolver {
  resolve4(name: string, options: { readonly ttl: true }): Promise<readonly DnsAddress[]>;
  resolve6(name: string, options: { readonly ttl: true }): Promise<readonly DnsAddress[]>;
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
}

export interface DnsAddress {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Somewhere that a zone names, and what share of the traffic it should have. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface DnsQuestion {
  /** As it is shown: `A voice.example`. */
  readonly title: string;
  ask(resolver: DnsResolver): Promise<Answered>;
}

/** Nobody is an answer too: the name is there, and has no such records. `ttlMs` is undefined where the resolver does not tell it. */
export interface Answered {
  readonly places: readonly Place[];
  readonly ttlMs: number | undefined;
}

/** What became of a question. A name that does not exist is no answer: it may have been removed by mistake, or not be there yet. */
export type Outcome =
  | ({ readonly kind: 'answered' } & Answered)
  | { readonly kind: 'no-such-name' | 'failed'; readonly problem: string; readonly cause: unknown };

export function addressQuestion(record: 'A' | 'AAAA', name: string, port: number): DnsQuestion {
  return {
    title: `${record} ${name}`,
    async ask(resolver) {
      const found = await (record === 'A' ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }));
      const ttl = Math.min(...found.map((address) => address.ttl));
      return {
        places: found.map(({ address }) => ({ host: address, port, weight: 1, metadata: {} })),
        ttlMs: found.length > 0 ? ttl * 1_000 : undefined,
      };
    },
  };
}

/** A weight of 0 is "a very small chance" in RFC 2782, and none at all in an endpoint. */
const smallestWeight = 0.1;

/**
 * Targets go by their names, which are looked up when somebody connects. Those of the best (lowest) priority share the traffic by their weights; the others are
 * there with a weight of 0, until the zone has nobody better.
 */
export function srvQuestion(name: string): DnsQuestion {
  return {
    title: `SRV ${name}`,
    async ask(resolver) {
      const records = (await resolver.resolveSrv(name)).filter(({ name: target }) => target !== '' && target !== '.');
      const best = Math.min(...records.map(({ priority }) => priority));
      const places = records.map(({ name: target, port, priority, weight }) => ({
        host: target.replace(/\.$/, ''),
        port,
        weight: priority === best ? weight || smallestWeight : 0,
        metadata: { priority: String(priority) },
      }));
      return { places: places.toSorted((a, b) => b.weight - a.weight), ttlMs: undefined };
    },
  };
}

export function outcomeOf(cause: unknown): Outcome {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENODATA') return { kind: 'answered', places: [], ttlMs: undefined };
  return { kind: code === 'ENOTFOUND' ? 'no-such-name' : 'failed', problem: messageOf(cause), cause };
}
