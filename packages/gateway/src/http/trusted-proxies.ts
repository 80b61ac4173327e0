import { addressBytes, plainAddress } from './address.ts';
import { AddressRanges } from './address-ranges.ts';
import type { IncomingRequest } from './exchange.ts';
import { forwardedElements } from './forwarded-header.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The header in which the proxies in front say for whom they ask. */
export type ForwardingHeader = 'x-forwarded-for' | 'forwarded';

/** One step of a request's way to here, as the proxy that received it told. */
export interface Hop {
  readonly address: string;
  /** By which scheme it came to the proxy that tells. */
  readonly scheme?: string | undefined;
}

/**
 * Whom the gateway believes. The way of a request is walked from its near end: as long as the peer is a trusted proxy, what it says about
 * its own peer counts, and the first one that is not trusted is the client. What stands further left may be anything, and is dropped.
 */
export class TrustedProxies {
  readonly #ranges: AddressRanges;
  readonly #hopsOf: (headers: RequestHeaders) => readonly Hop[];

  constructor(ranges: readonly string[], header: ForwardingHeader) {
    this.#ranges = new AddressRanges(ranges);
    this.#hopsOf = header === 'forwarded' ? forwardedHops : xForwardedHops;
  }

  trusts(address: string): boolean {
    return this.#ranges.has(address);
  }

  /** The request as its client sent it, when a trusted proxy brought it; else as it is. */
  seenThrough(request: IncomingRequest): IncomingRequest {
    const peer = request.clientAddress;
    if (peer === undefined || this.#ranges.isEmpty || !this.#ranges.has(peer)) return request;
    const proxies: string[] = [];
    let [client, scheme] = [peer, request.scheme];
    for (const hop of this.#hopsOf(request.headers)) {
      if (!this.#ranges.has(client) || !addressBytes(hop.address)) break;
      proxies.unshift(client);
      client = hop.address;
      scheme = hop.scheme === 'https' || hop.scheme === 'http' ? hop.scheme : scheme;
    }
    return { ...request, clientAddress: client, proxies, ...(scheme !== undefined && { scheme }) };
  }
}

/** The nearest first. A list of schemes that is no list of the same hops is the word of the nearest proxy. */
function xForwardedHops(headers: RequestHeaders): readonly Hop[] {
  const addresses = listOf(headers.combined('x-forwarded-for'));
  const schemes = listOf(headers.combined('x-forwarded-proto'));
  const parallel = schemes.length === addresses.length;
  return addresses
    .map((node, index) => ({ address: addressOf(node), scheme: (parallel ? schemes[index] : schemes.at(-1))?.toLowerCase() }))
    .reverse();
}

function forwardedHops(headers: RequestHeaders): readonly Hop[] {
  return forwardedElements(headers.combined('forwarded') ?? '')
    .map((element) => ({ address: addressOf(element['for'] ?? ''), scheme: element['proto']?.toLowerCase() }))
    .reverse();
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? [] : value.split(',').map((item) => item.trim());
}

/** An address, perhaps with a port: `192.0.2.1:80`, `[2001:db8::1]:80`, `2001:db8::1`. Names and `unknown` stay what they are: no address. */
function addressOf(node: string): string {
  const [, bracketed, v4] = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\w+)?$/i.exec(node) ?? [];
  return plainAddress(bracketed ?? v4 ?? node);
}
