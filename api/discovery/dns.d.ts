// @tutti/discovery/dns

import { Duration, Runtime } from '@tutti/core';
import { DiscoveryBackend } from '@tutti/discovery';

export interface DnsAddress {
  readonly address: string;
  readonly ttl: number;
}

export interface DnsAddresses {
  readonly a?: string;
  readonly aaaa?: string;
  readonly port: number;
}

export interface DnsBackendOptions {
  readonly services: Readonly<Record<string, DnsAddresses | DnsTargets>>;
  readonly servers?: readonly string[];
  readonly resolver?: DnsResolver;
  readonly minRefresh?: Duration;
  readonly maxRefresh?: Duration;
  readonly refresh?: Duration;
  readonly grace?: Duration;
  readonly lookupTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface DnsResolver {
  resolve4(name: string, options: {
    readonly ttl: true;
  }): Promise<readonly DnsAddress[]>;
  resolve6(name: string, options: {
    readonly ttl: true;
  }): Promise<readonly DnsAddress[]>;
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
}

export interface DnsTargets {
  readonly srv: string;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export declare function dnsBackend(options: DnsBackendOptions): DiscoveryBackend;

export declare const dnsBackendDefaults: {
  readonly minRefresh: "1s";
  readonly maxRefresh: "5m";
  readonly refresh: "30s";
  readonly grace: "5m";
  readonly lookupTimeout: "5s";
};
