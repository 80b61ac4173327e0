import { checkOptions } from '../options/check-options.ts';
import { objectWith } from '../options/rules.ts';
import type { Lease } from '../ports/lease.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { leaseOver } from './lease-over.ts';

interface Held {
  readonly owner: string | undefined;
  readonly fence: number;
  readonly expiresAt: number;
}

/** Leases among the parts of this process. A name that was held once is remembered, for its fence. */
export function memoryLease(options: { readonly runtime?: Runtime } = {}): Lease {
  const { runtime = defaultRuntime } = checkOptions('memoryLease', options, { optional: { runtime: objectWith('a Runtime', 'clock') } });
  const { clock } = runtime;
  const names = new Map<string, Held>();
  const isHeldBy = (owner: string, name: string): boolean => {
    const held = names.get(name);
    return held?.owner === owner && held.expiresAt > clock.now();
  };
  return leaseOver(
    {
      async acquire(name, owner, ttlMs) {
        const last = names.get(name);
        if (last?.owner !== undefined && last.expiresAt > clock.now()) return undefined;
        const fence = (last?.fence ?? 0) + 1;
        names.set(name, { owner, fence, expiresAt: clock.now() + ttlMs });
        return fence;
      },
      async renew(name, owner, ttlMs) {
        const held = names.get(name);
        if (!held || !isHeldBy(owner, name)) return false;
        names.set(name, { ...held, expiresAt: clock.now() + ttlMs });
        return true;
      },
      async release(name, owner) {
        const held = names.get(name);
        if (held && isHeldBy(owner, name)) names.set(name, { ...held, owner: undefined });
      },
    },
    runtime,
  );
}
