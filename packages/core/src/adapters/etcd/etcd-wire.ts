/** A key, as etcd keeps it. Revisions are 64 bits wide and rise with every write to the store, whatever its key. */
export interface EtcdEntry {
  readonly key: string;
  readonly value: string;
  /** Of the write that made it what it is. */
  readonly modRevision: bigint;
  /** The lease it ends with; `'0'` for none. */
  readonly lease: string;
}

export type EtcdEvent = { readonly kind: 'put'; readonly entry: EtcdEntry } | { readonly kind: 'delete'; readonly key: string };

/** What etcd answers in JSON: 64-bit numbers and bytes come as text, zeros and empty lists not at all. */
export interface WireEntry {
  readonly key?: string;
  readonly value?: string;
  readonly mod_revision?: string;
  readonly lease?: string;
}

export interface WireRange {
  readonly header?: WireHeader;
  readonly kvs?: readonly WireEntry[];
  readonly more?: boolean;
  readonly count?: string;
}

export interface WireHeader {
  readonly revision?: string;
}

export interface WireWatch {
  readonly header?: WireHeader;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly cancel_reason?: string;
  readonly compact_revision?: string;
  readonly events?: readonly { readonly type?: string; readonly kv?: WireEntry }[];
}

export const toWire = (text: string): string => Buffer.from(text).toString('base64');
const ofWire = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

export const revisionOf = (answer: { readonly header?: WireHeader }): bigint => BigInt(answer.header?.revision ?? 0);

export function entryOfWire({ key, value, mod_revision, lease }: WireEntry): EtcdEntry {
  return { key: ofWire(key), value: ofWire(value), modRevision: BigInt(mod_revision ?? 0), lease: lease ?? '0' };
}

export function eventsOfWire({ events = [] }: WireWatch): readonly EtcdEvent[] {
  return events.map(({ type, kv = {} }) =>
    type === 'DELETE' ? { kind: 'delete', key: ofWire(kv.key) } : { kind: 'put', entry: entryOfWire(kv) },
  );
}

/** The first key after all that begin with `prefix`, in base64: its last byte plus one. UTF-8 never ends in 0xff. */
export function wireEndOf(prefix: string): string {
  const end = Buffer.from(prefix);
  const last = end.length - 1;
  end.writeUInt8(end.readUInt8(last) + 1, last);
  return end.toString('base64');
}
