import { type Clock, type Random, seededRandom } from '@tutti/core';
import type { Balancer } from '../src/balance/candidate.ts';
import { EndpointRecord } from '../src/endpoint/endpoint-record.ts';
import { compilePolicy } from '../src/policy/compile-policy.ts';
import { fakeConnections } from './fake-connections.ts';
import { endpoint } from './fake-registry.ts';

/** An open queueing network: requests come at random to endpoints with four workers each; time is a number. */
export interface Queueing {
  readonly balancer: Balancer;
  readonly seed: number;
  readonly requests: number;
  /** Requests a millisecond. */
  readonly rate: number;
  /** How the first of ten endpoints differs. */
  readonly bad: 'ten times slower' | 'fails in a millisecond';
}

export interface QueueingResult {
  readonly p99: number;
  /** Of all requests, those that went to the bad endpoint. */
  readonly badShare: number;
}

const endpoints = 10;
const workers = 4;
const meanMs = 10;

interface Arrival {
  readonly at: number;
  readonly ticket: number;
}

/** One endpoint as it really is, which the balancer does not know. */
class Server {
  readonly record: EndpointRecord;
  readonly waiting: Arrival[] = [];
  busy = 0;

  constructor(record: EndpointRecord) {
    this.record = record;
  }
}

export function simulateQueueing({ balancer, seed, requests, rate, bad }: Queueing): QueueingResult {
  const random = seededRandom(seed);
  const agenda = new Agenda();
  const clock: Clock = { now: () => agenda.now, epoch: () => 0, after: never, afterInput: never };
  const settings = compilePolicy({ outliers: false, limits: { maxPerEndpoint: 1_000_000 } }).endpoint;
  const context = { clock, connect: fakeConnections().connect, changed: () => {}, failing: () => {} };
  const servers = Array.from({ length: endpoints }, (_server, index) => {
    const given = endpoint({ serviceName: 's', port: index + 1, instanceId: `e${index}` });
    return new Server(new EndpointRecord(given, settings, Number.NEGATIVE_INFINITY, context));
  });
  const byRecord = new Map(servers.map((server) => [server.record, server]));
  const balance = balancer.over(servers.map(({ record }) => record));
  const sick = servers[0] as Server;
  const latencies = new Float64Array(requests);
  let ended = 0;
  let toSick = 0;
  const begin = (server: Server, arrival: Arrival): void => {
    server.busy++;
    const fails = server === sick && bad === 'fails in a millisecond';
    const slow = server === sick && bad === 'ten times slower' ? 10 : 1;
    agenda.at(agenda.now + (fails ? 1 : slow * exponential(meanMs, random)), () => {
      const latencyMs = agenda.now - arrival.at;
      latencies[ended++] = latencyMs;
      server.record.release({ kind: fails ? 'failure' : 'success', latencyMs }, arrival.ticket, false, agenda.now, 0);
      server.busy--;
      const next = server.waiting.shift();
      if (next) begin(server, next);
    });
  };
  const arrive = (left: number): void => {
    const inFlight = servers.reduce((sum, { record }) => sum + record.inFlight, 0);
    const record = balance.next({ now: agenda.now, random, exclude: [], hash: -1, inFlight });
    const server = record && byRecord.get(record);
    if (!record || !server) throw new Error('somebody can always take it');
    const arrival = { at: agenda.now, ticket: record.take(agenda.now) };
    if (server === sick) toSick++;
    if (server.busy < workers) begin(server, arrival);
    else server.waiting.push(arrival);
    if (left > 1) agenda.at(agenda.now + exponential(1 / rate, random), () => arrive(left - 1));
  };
  agenda.at(0, () => arrive(requests));
  agenda.run();
  const sorted = latencies.sort();
  return { p99: sorted[Math.floor(requests * 0.99)] as number, badShare: toSick / requests };
}

function exponential(mean: number, random: Random): number {
  return -Math.log(1 - random()) * mean;
}

function never(): never {
  throw new Error('nothing here waits');
}

/** What is to happen, the earliest first: a binary heap. */
class Agenda {
  now = 0;
  readonly #heap: { readonly at: number; readonly run: () => void }[] = [];

  at(at: number, run: () => void): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push({ at, run });
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as (typeof heap)[number];
      if (above.at <= at) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = { at, run };
  }

  run(): void {
    for (let next = this.#take(); next; next = this.#take()) {
      this.now = next.at;
      next.run();
    }
  }

  #take(): { readonly at: number; readonly run: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let hole = 0;
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as typeof last).at < (heap[child] as typeof last).at) child++;
      if ((heap[child] as typeof last).at >= last.at) break;
      heap[hole] = heap[child] as typeof last;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}
