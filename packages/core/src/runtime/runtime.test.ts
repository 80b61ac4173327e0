import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { newId, newTraceparent } from './id.ts';
import { jsonLogger } from './logger.ts';
import { manualClock } from './manual-clock.ts';
import { seededRandom, systemRandom } from './random.ts';
import { realClock } from './real-clock.ts';
import { sleep } from './sleep.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that sort by time', async () => {
    const runtime = testRuntime();
    const ids: string[] = [];
    for (let turn = 0; turn < 50; turn++) {
      ids.push(newId(runtime));
      await runtime.clock.advance(1);
    }
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(ids).toEqual(ids.toSorted());
  });

  it('repeat for the same seed and differ for another', () => {
    expect(newId(testRuntime(7))).toBe(newId(testRuntime(7)));
    expect(newId(testRuntime(7))).not.toBe(newId(testRuntime(8)));
  });

  it('make a traceparent of version 00 with non-zero ids', () => {
    const zeros = { ...testRuntime(), random: () => 0 };
    expect(newTraceparent(zeros)).toMatch(/^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-01$/);
  });
});

describe('random', () => {
  it.each([
    ['the system', systemRandom()],
    ['a seed', seededRandom(42)],
  ])('from %s lies in [0, 1) with a mean of a half', (_name, random) => {
    const drawn = Array.from({ length: 20_000 }, random);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1);
  });
});

describe('the manual clock', () => {
  it('runs what falls due in order of time, then of arming, and nothing that was cancelled', async () => {
    const clock = manualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push('late'));
    clock.after(10, () => seen.push('first'));
    clock.after(10, () => seen.push('second'));
    clock.after(15, () => seen.push('never')).cancel();
    await clock.advance(15);
    expect([seen, clock.now()]).toEqual([['first', 'second'], 15]);
    await clock.advance(5);
    expect(seen).toEqual(['first', 'second', 'late']);
  });

  it('lets promises settle between timers, so that a sleeper can sleep again', async () => {
    const clock = manualClock();
    const stamps: number[] = [];
    void (async () => {
      for (let turn = 0; turn < 3; turn++) {
        await sleep(clock, 10);
        stamps.push(clock.now());
      }
    })();
    await clock.advance(30);
    expect(stamps).toEqual([10, 20, 30]);
  });
});

describe('sleep', () => {
  it('ends with the reason of the signal, and leaves no timer', async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const asleep = sleep(clock, 100, { signal: controller.signal });
    controller.abort('enough');
    await expect(asleep).rejects.toBe('enough');
    expect(clock.nextDelayMs()).toBeUndefined();
    await expect(sleep(clock, 1, { signal: controller.signal })).rejects.toBe('enough');
  });
});

describe('the real clock', () => {
  it('can be told not to keep the process alive, and cancelled', async () => {
    let fired = false;
    const timer = realClock.after(1, () => {
      fired = true;
    });
    timer.unref();
    timer.ref();
    timer.cancel();
    await sleep(realClock, 5);
    expect(fired).toBe(false);
  });
});

describe('the JSON logger', () => {
  it('writes one line an entry from its level upwards, errors included', () => {
    const lines: string[] = [];
    const logger = jsonLogger('info', (line) => lines.push(line));
    logger.log('debug', 'not this');
    logger.log('warn', 'this', { error: new Error('why', { cause: new Error('deeper') }), big: 10n });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      message: 'this',
      big: '10',
      error: { message: 'why', cause: { message: 'deeper' } },
    });
  });

  it('writes the line without fields that cannot be written', () => {
    const lines: string[] = [];
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    jsonLogger('info', (line) => lines.push(line)).log('error', 'still here', { loop });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'still here', unwritable: expect.stringContaining('circular') });
  });
});
