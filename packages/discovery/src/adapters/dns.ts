import { Resolver } from 'node:dns/promises';
import {
  checkOptions,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  exponential,
  listOf,
  objectWith,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { serviceNameRule } from '../backend/names.ts';
import { DnsFollower, type DnsTimes } from './dns/dns-follower.ts';
import { DnsMemory } from './dns/dns-memory.ts';
import { addressQuestion, type DnsQuestion, type DnsResolver, srvQuestion } from './dns/dns-question.ts';
import { closedError, onlyRead } from './only-read.ts';

export type { DnsAddress, DnsResolver, SrvRecord } from './dns/dns-question.ts';

/** The addresses of names, each with this port: A records, AAAA records, or both. */
export interface DnsAddresses {
  readonly a?: string;
  readonly aaaa?: string;
  readonly port: number;
}

/** The targets and ports of SRV records, as `_voice._tcp.example`. */
export interface DnsTargets {
  readonly srv: string;
}

export interface DnsBackendOptions {
  /** What to ask for each service; of any other service nobody is there. */
  readonly services: Readonly<Record<string, DnsAddresses | DnsTargets>>;
  /** Addresses of DNS servers, with or without a port. @defaultValue those of the system */
  readonly servers?: readonly string[];
  /** Asks instead of a resolver of Node's. */
  readonly resolver?: DnsResolver;
  /** An answer is asked for again before its TTL is over, but not sooner than this. @defaultValue '1s' */
  readonly minRefresh?: Duration;
  /** Nor later than this. @defaultValue '5m' */
  readonly maxRefresh?: Duration;
  /** The TTL of what has none: SRV records, of which Node does not tell it, and names without records. @defaultValue '30s' */
  readonly refresh?: Duration;
  /** For how long what was last known stays while there is no answer. @defaultValue '5m' */
  readonly grace?: Duration;
  /** How long one answer may take. @defaultValue '5s' */
  readonly lookupTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const dnsBackendDefaults = { minRefresh: '1s', maxRefresh: '5m', refresh: '30s', grace: '5m', lookupTimeout: '5s' } as const;

/**
 * Endpoints that are in the DNS. Each place is one instance; a place that comes back is the same life, because nobody can tell.
 *
 * - A name without records has nobody, at once.
 * - A name that does not exist (NXDOMAIN) and had records keeps them for the `grace`, and has nobody then.
 * - No answer, or a failure (SERVFAIL), keeps what was known for the `grace`; after that watches reject with STORE_UNAVAILABLE, so ServiceDiscovery goes on
 *   answering what it knew and says for how long.
 *
 * Within the grace watches are told what is wrong, as `malformed` under the question. Of SRV records the targets of the best priority get the traffic, by
 * their weights (RFC 2782); those of others have the weight 0. The priority is in the metadata.
 *
 * @throws INVALID_OPTIONS naming the path.
 * @example
 * ```ts
 * import { ServiceDiscovery } from '@tutti/discovery';
 * import { dnsBackend } from '@tutti/discovery/dns';
 *
 * const services = { voice: { srv: '_voice._tcp.example.com' }, chart: { a: 'chart.example.com', port: 8009 } };
 * const discovery = new ServiceDiscovery({ backend: dnsBackend({ services }) });
 * await discovery.stop();
 * ```
 */
export function dnsBackend(options: DnsBackendOptions): DiscoveryBackend {
  const checked = checkOptions<DnsBackendOptions, typeof dnsBackendDefaults>(
    'dnsBackend',
    options,
    {
      required: { services: objectWith('an object of names by service') },
      optional: {
        servers: listOf(text),
        resolver: objectWith('a DnsResolver', 'resolve4', 'resolve6', 'resolveSrv'),
        minRefresh: duration,
        maxRefresh: duration,
        refresh: duration,
        grace: duration,
        lookupTimeout: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    dnsBackendDefaults,
  );
  const { runtime = defaultRuntime } = checked;
  const times = timesOf(checked);
  const memories = new Map(
    Object.entries(checked.services).map(([serviceName, service]) => [
      serviceName,
      new Map(questionsOf(serviceName, service).map((question) => [question, new DnsMemory(times.graceMs)])),
    ]),
  );
  const own = checked.resolver ? undefined : ownResolver(checked.servers, times.lookupMs);
  const resolver = checked.resolver ?? (own as DnsResolver);
  const followers = new Map<string, DnsFollower>();
  let closed = false;

  const follower = (serviceName: string): DnsFollower => {
    const known = followers.get(serviceName);
    if (known) return known;
    const added = new DnsFollower({
      serviceName,
      memories: memories.get(serviceName) ?? new Map(),
      resolver,
      times,
      runtime,
      onEnd: () => void (followers.get(serviceName) === added && followers.delete(serviceName)),
    });
    followers.set(serviceName, added);
    return added;
  };
  return {
    name: 'dns',
    ...onlyRead('the dns backend'),
    async watch(serviceName, listener, signal) {
      if (closed) throw closedError('dns');
      if (!signal.aborted) await follower(serviceName).watch(listener, signal);
    },
    async close() {
      closed = true;
      for (const each of [...followers.values()]) each.end();
      own?.cancel();
    },
  };
}

function timesOf(options: DnsBackendOptions & Required<Pick<DnsBackendOptions, keyof typeof dnsBackendDefaults>>): DnsTimes {
  const ms = (option: keyof typeof dnsBackendDefaults): number => durationMs(options[option], `dnsBackend.${option}`);
  const times = {
    minRefreshMs: ms('minRefresh'),
    maxRefreshMs: ms('maxRefresh'),
    refreshMs: ms('refresh'),
    graceMs: ms('grace'),
    lookupMs: ms('lookupTimeout'),
  };
  if (times.maxRefreshMs < times.minRefreshMs)
    throw coreError('INVALID_OPTIONS', {
      path: 'dnsBackend.maxRefresh',
      problem: `must be at least minRefresh, ${options.minRefresh}, got '${options.maxRefresh}'`,
    });
  return {
    ...times,
    retry: exponential({
      initial: options.minRefresh,
      max: `${Math.max(times.minRefreshMs, Math.min(30_000, times.maxRefreshMs))}ms`,
      jitter: 0.5,
    }),
  };
}

function questionsOf(serviceName: string, service: DnsAddresses | DnsTargets): readonly DnsQuestion[] {
  const path = `dnsBackend.services.${serviceName}`;
  const badName = serviceNameRule(serviceName);
  if (badName) throw coreError('INVALID_OPTIONS', { path, problem: badName });
  if (typeof service === 'object' && service !== null && 'srv' in service)
    return [srvQuestion(checkOptions<DnsTargets, object>(path, service, { required: { srv: text } }).srv)];
  const rules = { required: { port: wholeNumber({ min: 1, max: 65_535 }) }, optional: { a: text, aaaa: text } };
  const { a, aaaa, port } = checkOptions<DnsAddresses, object>(path, service, rules);
  const questions = [...(a ? [addressQuestion('A', a, port)] : []), ...(aaaa ? [addressQuestion('AAAA', aaaa, port)] : [])];
  if (questions.length === 0) throw coreError('INVALID_OPTIONS', { path, problem: 'must have a or aaaa, or srv instead of the port' });
  return questions;
}

/** Gives up by itself at about the time when we do. */
function ownResolver(servers: readonly string[] | undefined, lookupMs: number): Resolver {
  const resolver = new Resolver({ timeout: Math.max(1, Math.round(lookupMs / 3)), tries: 2 });
  if (servers) {
    try {
      resolver.setServers(servers);
    } catch (cause) {
      throw coreError('INVALID_OPTIONS', { path: 'dnsBackend.servers', problem: 'must be addresses of servers' }, { cause });
    }
  }
  return resolver;
}
