import type { Lifetime, TagMark } from './entry.ts';

/** An entry as it lies in the second level. */
export interface Envelope {
  /** Milliseconds since the epoch by the clock of the writer. A clock that differs shifts the expiry by as much. */
  readonly writtenAt: number;
  readonly life: Lifetime;
  readonly loadMs: number;
  readonly marks: readonly TagMark[];
  /** The encoded value, or which nothing it is. */
  readonly content: Uint8Array | 'null' | 'undefined';
}

/** Rises when the layout changes; entries of another layout count as missing, so that old and new processes may share a store. */
const layout = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The length of the header in four bytes, the header as JSON, the encoded value. */
export function seal({ writtenAt, life, loadMs, marks, content }: Envelope): Uint8Array {
  const absent = typeof content === 'string' ? content : undefined;
  const tags = marks.map(({ tag, version }) => [tag, version]);
  const header = encoder.encode(JSON.stringify({ layout, writtenAt, life, loadMs, tags, absent }));
  const payload = typeof content === 'string' ? new Uint8Array() : content;
  const sealed = new Uint8Array(4 + header.length + payload.length);
  new DataView(sealed.buffer).setUint32(0, header.length);
  sealed.set(header, 4);
  sealed.set(payload, 4 + header.length);
  return sealed;
}

/** Undefined for anything that {@link seal} did not make. */
export function unseal(sealed: Uint8Array): Envelope | undefined {
  if (sealed.length < 4) return undefined;
  const start = 4 + new DataView(sealed.buffer, sealed.byteOffset).getUint32(0);
  const header = start <= sealed.length ? parse(decoder.decode(sealed.subarray(4, start))) : undefined;
  if (header?.['layout'] !== layout) return undefined;
  const { writtenAt, life, loadMs, tags, absent } = header as unknown as Header;
  return {
    writtenAt,
    life,
    loadMs,
    marks: tags.map(([tag, version]) => ({ tag, version })),
    content: absent ?? sealed.subarray(start),
  };
}

interface Header extends Pick<Envelope, 'writtenAt' | 'life' | 'loadMs'> {
  readonly tags: readonly (readonly [string, string])[];
  readonly absent?: 'null' | 'undefined';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(text);
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // somebody else's bytes
  }
}
