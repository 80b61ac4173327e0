// The world outside of a trial: a service of its own process that remembers what was done to it, whoever dies meanwhile.
// Started by `sagasEndRight`, and does nothing when it is merely imported.
import { createServer, type IncomingMessage } from 'node:http';
import { defaultRuntime } from '@tutti/core';
import { MemberLog } from '@tutti/core/testing';
import type { Effect } from './effect.ts';

const told = process.argv[2];
if (told?.startsWith('{"role":"world"')) serve(JSON.parse(told) as { folder: string; guarded: boolean });

/** What is waiting for the next sync of the ledger. */
interface Waiting {
  readonly line: string;
  readonly written: () => void;
}

/**
 * A service as a saga deserves one: it honours keys, so that the same deed happens once; it knows an undo of what was never done, and then refuses the deed for
 * good; and it refuses whoever comes with a lower fence than it has seen of that saga.
 */
function serve({ folder, guarded }: { readonly folder: string; readonly guarded: boolean }): void {
  const ledger = new MemberLog(folder, 'world');
  const port = new MemberLog(folder, 'port');
  const known = new Set<string>();
  const fences = new Map<string, number>();
  let waiting: Waiting[] = [];

  function flush(): void {
    const batch = waiting;
    waiting = [];
    ledger.writeForGood(...batch.map(({ line }) => line));
    for (const { written } of batch) written();
  }

  async function take(effect: Effect): Promise<string> {
    const { saga, step, what, fence } = effect;
    if (guarded && fence < (fences.get(saga) ?? 0)) return 'stale';
    fences.set(saga, Math.max(fence, fences.get(saga) ?? 0));
    const [deed, undo] = [`${saga}/${step}`, `${saga}/${step}/undo`];
    if (known.has(what === 'do' ? deed : undo)) return 'known';
    if (what === 'do' && known.has(undo)) return 'void';
    known.add(what === 'do' ? deed : undo);
    if (what === 'undo' && !known.has(deed)) return 'nothing to undo';
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ line: `${what} ${saga} ${step} ${fence}`, written: resolve });
    if (waiting.length === 1) defaultRuntime.clock.afterInput(flush);
    await promise;
    return 'done';
  }

  const server = createServer((request, response) => {
    void bodyOf(request)
      .then((text) => take(JSON.parse(text) as Effect))
      .then((answer) => response.end(answer));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address) port.writeForGood(`listening ${address.port}`);
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
