import type { SagaStatus } from '../../store/saga-record.ts';

/** How long something is held or waits: until the next `pass`, or for longer than a run. */
export type Span = 'short' | 'long';

/** One thing that is asked of a store, as data: whatever draws commands may shrink them. Sagas, workers and keys are numbers. */
export type ModelCommand =
  | {
      readonly do: 'create';
      readonly saga: number;
      readonly key?: number;
      readonly holder?: number;
      readonly span: Span;
      readonly whenLocked: 'queue' | 'refuse';
      readonly queued: Span;
      readonly event: boolean;
    }
  | { readonly do: 'claim'; readonly worker: number; readonly max: number; readonly span: Span }
  | {
      readonly do: 'checkpoint';
      readonly saga: number;
      /** By who holds it; otherwise by one who does not. */
      readonly by: 'holder' | 'zombie' | 'stranger';
      readonly to: 'same' | Exclude<SagaStatus, 'queued'>;
      readonly leave?: 'now' | Span;
      readonly entries: number;
      readonly answers: boolean;
      readonly event: boolean;
    }
  /** The last checkpoint that was taken of it, once more. */
  | { readonly do: 'again'; readonly saga: number }
  | { readonly do: 'renew'; readonly worker: number; readonly span: Span | 'free' }
  | { readonly do: 'ask'; readonly saga: number; readonly from: 'open' | 'parked' }
  | { readonly do: 'forget' }
  | { readonly do: 'take'; readonly worker: number; readonly max: number; readonly span: Span }
  | { readonly do: 'drop'; readonly count: number }
  /** A short lease of time goes by. */
  | { readonly do: 'pass' };
