import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

export interface Contract {
  readonly id: string;
  readonly has_arbitration: 0 | 1;
  readonly text: string;
}

export interface Terms extends Contract {
  readonly providers?: readonly string[];
  readonly opt_out_days?: number;
  readonly class_waiver?: 0 | 1;
  readonly jury_waiver?: 0 | 1;
  readonly small_claims_carveout?: 0 | 1;
}

export interface PdfContract {
  readonly file: string;
  readonly has_arbitration: 0 | 1;
  readonly bytes: Uint8Array;
}

const data = new URL('../data/', import.meta.url);

/** Whole contracts, of which half hold an arbitration agreement and a quarter only mention one. */
export function bundledContracts(): readonly Contract[] {
  return lines<Contract>(brotliDecompressSync(readFileSync(new URL('contracts.jsonl.br', data))));
}

/** Whole terms of service with hand-checked attributes. */
export function bundledTerms(): readonly Terms[] {
  return lines<Terms>(brotliDecompressSync(readFileSync(new URL('terms.jsonl.br', data))));
}

/** Contracts as PDF. */
export function bundledPdfs(): readonly PdfContract[] {
  const labels = lines<Omit<PdfContract, 'bytes'>>(readFileSync(new URL('pdf/labels.jsonl', data)));
  return labels.map(({ file, has_arbitration }) => ({ file, has_arbitration, bytes: readFileSync(new URL(`pdf/${file}`, data)) }));
}

function lines<T>(content: Buffer): readonly T[] {
  return content
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line): T => JSON.parse(line));
}
