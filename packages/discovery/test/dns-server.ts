import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const types = { 1: 'A', 28: 'AAAA', 33: 'SRV' } as const;
type RecordType = (typeof types)[keyof typeof types];

export type ZoneRecord =
  | { readonly address: string; readonly ttl?: number }
  | { readonly target: string; readonly port: number; readonly priority?: number; readonly weight?: number; readonly ttl?: number };

/** What a name has: records of a type (none of them: NODATA), or a failure for all types. `silence` is a server that does not answer. */
type Said = readonly ZoneRecord[] | 'SERVFAIL' | 'silence';

/** A DNS server on loopback that knows one zone: enough of RFC 1035 to answer questions over UDP. */
export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** From now on; undefined: the name does not exist (NXDOMAIN), unless it has records of another type. */
  say(type: RecordType, name: string, said: Said | undefined): void;
  /** Questions that came, as `A voice.test`. */
  readonly asked: readonly string[];
}

export async function dnsServer(): Promise<DnsServer> {
  const zone = new Map<string, Said>();
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { type, name, end } = question(query);
    asked.push(`${type} ${name}`);
    const said = zone.get(`${type} ${name}`);
    const exists = said !== undefined || [...zone.keys()].some((key) => key.endsWith(` ${name}`));
    if (said === 'silence') return;
    const records = Array.isArray(said) ? said : [];
    const code = said === 'SERVFAIL' ? 2 : exists ? 0 : 3;
    socket.send(answer(query.subarray(0, end), code, records), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    asked,
    say(type, name, said) {
      if (said === undefined) zone.delete(`${type} ${name}`);
      else zone.set(`${type} ${name}`, said);
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** The first question, and where it ends: what comes after it (EDNS) is not answered. */
function question(query: Buffer): { readonly type: string; readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = types[query.readUInt16BE(at + 1) as keyof typeof types] ?? 'another type';
  return { type, name: labels.join('.').toLowerCase(), end: at + 5 };
}

function answer(query: Buffer, code: number, records: readonly ZoneRecord[]): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | code, 2); // a response, recursion desired and available
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12), ...records.map(resource)]);
}

function resource(record: ZoneRecord): Buffer {
  const [type, data] = 'address' in record ? [record.address.includes(':') ? 28 : 1, addressBytes(record.address)] : [33, srvBytes(record)];
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttl ?? 60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [left = '', right] = address.split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function srvBytes({ target, port, priority = 10, weight = 10 }: Extract<ZoneRecord, { target: string }>): Buffer {
  const head = Buffer.alloc(6);
  for (const [index, value] of [priority, weight, port].entries()) head.writeUInt16BE(value, 2 * index);
  const labels = target.split('.').filter((label) => label !== '');
  return Buffer.concat([head, ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}
