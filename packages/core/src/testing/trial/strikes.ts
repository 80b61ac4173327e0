import type { Random } from '../../runtime/random.ts';
import { defaultRuntime } from '../../runtime/runtime.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { TcpFaultProxy } from '../tcp/tcp-fault-proxy.ts';

const pause = (ms: number): Promise<void> => sleep(defaultRuntime.clock, ms);

/** Something that a trial does to its members. */
export type Strike = () => Promise<void>;

/** Strikes in random order, 200 to 900 ms apart. */
export async function strikeAtRandom(strikes: readonly Strike[], random: Random): Promise<void> {
  const left = [...strikes];
  while (left.length > 0) {
    await pause(200 + random() * 700);
    const [strike] = left.splice(Math.floor(random() * left.length), 1) as [Strike];
    await strike();
  }
}

/** Cuts connections 300 to 900 ms apart: half of them as they are, half of them after a request has arrived and before its answer. */
export async function cutLines(proxy: TcpFaultProxy, cuts: number, random: Random, afterEach: () => void): Promise<void> {
  for (let cut = 0; cut < cuts; cut++) {
    await pause(300 + random() * 600);
    if (cut % 2 === 0) proxy.end('reset');
    else {
      await proxy.change({ cutAfterRequest: true });
      await pause(50);
      await proxy.heal();
    }
    afterEach();
  }
}

/** Looks five times a second. @throws naming what was still not so at `endsAt`, on the real monotonic clock */
export async function untilItIsSo(what: string, holds: () => boolean | Promise<boolean>, endsAt: number): Promise<void> {
  while (!(await holds())) {
    if (defaultRuntime.clock.now() > endsAt) throw new Error(`it was not so in time that ${what}`);
    await pause(200);
  }
}
