import { describe, expect, it } from 'vitest';
import { ask } from '../../test/http/asked.ts';
import { house, tidiesUp, turns } from '../../test/http/house.ts';
import { sized } from '../../test/http/raw-server.ts';
import type { DispatchController, DispatchRequest } from '../ports/http-dispatcher.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import { eventually, testRuntime } from '../testing/index.ts';

tidiesUp();

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n';
const pause = (control: DispatchController): void => control.pause();

/** A request that has come to a server which says nothing by itself. */
async function asking(limits: Partial<DispatchRequest>, also = {}) {
  const runtime = testRuntime();
  const { server, connections } = await house(() => {}, { runtime });
  const asked = ask(connections, limits, also);
  const peer = await eventually('it has come', () => server.peers.find(({ received }) => received.endsWith('\r\n\r\n')));
  const says = async (text: string) => {
    peer.say(text);
    await turns();
  };
  const passes = async (ms: number) => {
    await runtime.clock.advance(ms);
    return asked.told.at(-1);
  };
  return { asked, says, passes, pending: () => deadlineWheel(runtime.clock).size };
}

describe('the time that an answer may take', () => {
  it('to begin is bounded, whatever announces it', async () => {
    const { asked, says, passes } = await asking({ headersTimeout: 1_000 });
    await says('HTTP/1.1 103 Early Hints\r\n\r\n');
    await passes(500);
    await says('HTTP/1.1 103 Early Hints\r\n\r\n');
    expect(await passes(499)).toBe('103');
    expect(await passes(1)).toBe('HTTP_TIMEOUT');
    expect(asked.error).toMatchObject({ details: { phase: 'headers', timeoutMs: 1_000 } });
    expect([asked.controller?.aborted, asked.controller?.reason]).toEqual([true, asked.error]);
  });

  it('between two parts of its body is bounded', async () => {
    const { asked, says, passes, pending } = await asking({ headersTimeout: 1_000, bodyTimeout: 300 });
    await passes(999);
    await says(head);
    await passes(299);
    await says('a');
    expect(await passes(299)).toBe('data');
    expect(await passes(1)).toBe('HTTP_TIMEOUT');
    expect(asked.error).toMatchObject({ details: { phase: 'body', timeoutMs: 300 } });
    expect(pending()).toBe(0);
  });

  it('is not bounded without a limit', async () => {
    const { asked, says, passes, pending } = await asking({ headersTimeout: 0, bodyTimeout: 0 });
    await passes(1e9);
    await says(head);
    await passes(1e9);
    await says('abc');
    expect([(await asked.over).told.at(-1), pending()]).toEqual(['end', 0]);
  });

  it('may have a limit for one of both alone', async () => {
    const { asked, says, passes, pending } = await asking({ bodyTimeout: 300 });
    await passes(1e6);
    await says(sized('abc'));
    expect([(await asked.over).told.at(-1), pending()]).toEqual(['end', 0]);
    const other = await asking({ headersTimeout: 300 });
    await other.says(head);
    await other.passes(1e6);
    expect(other.asked.told).toEqual(['start', '200']);
  });

  it('stands still while its handler pauses, and then begins anew', async () => {
    for (const callback of ['onResponseStart', 'onResponseData']) {
      const { asked, says, passes } = await asking({ bodyTimeout: 300 }, { [callback]: pause });
      await says(`${head}a`);
      const last = asked.told.at(-1);
      expect(await passes(100_050)).toBe(last);
      asked.controller?.resume();
      await turns();
      expect(await passes(299)).toBe('data');
      expect(await passes(1)).toBe('HTTP_TIMEOUT');
    }
  });

  it('stands still for one that pauses from the start', async () => {
    const { asked, passes, says } = await asking({ headersTimeout: 1_000 }, { onRequestStart: pause });
    expect(await passes(50_500)).toBe('start');
    asked.controller?.resume();
    expect(await passes(999)).toBe('start');
    await says(sized('x'));
    expect((await asked.over).body).toBe('x');
  });

  it('is over with the answer, whoever pauses afterwards', async () => {
    const { asked, says, pending } = await asking({ headersTimeout: 1_000, bodyTimeout: 1_000 });
    await says(sized('x'));
    await asked.over;
    asked.controller?.pause();
    asked.controller?.resume();
    expect(pending()).toBe(0);
  });
});
