/** The part of `fetch` that is used, with `redirect: 'manual'` as Node does it: the redirection itself is the answer. */
export type VaultFetch = (url: string, request: VaultFetchRequest) => Promise<VaultFetchAnswer>;

export interface VaultFetchRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export interface VaultFetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}
