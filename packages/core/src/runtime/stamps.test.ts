import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/test-runtime.ts';
import { Stamps } from './stamps.ts';

describe('stamps', () => {
  it('are valid, and none comes twice, however many a millisecond has', async () => {
    const runtime = testRuntime();
    const stamps = new Stamps(runtime);
    const seen = new Set<string>();
    for (let index = 0; index < 20_000; index++) {
      stamps.next();
      for (const text of [stamps.id, stamps.traceparent]) {
        expect(seen.has(text)).toBe(false);
        seen.add(text);
      }
      expect(stamps.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(stamps.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
      if (index % 7_000 === 0) await runtime.clock.advance(1);
    }
  });

  it('tell the time to the millisecond, and rise with it', async () => {
    const runtime = testRuntime();
    const stamps = new Stamps(runtime);
    const ids: string[] = [];
    for (let index = 0; index < 100; index++) {
      stamps.next();
      expect(stamps.time).toBe(new Date(runtime.clock.epoch()).toISOString());
      ids.push(stamps.id);
      if (index % 3 === 0) await runtime.clock.advance(1);
    }
    expect(ids.toSorted()).toEqual(ids);
  });

  it('are the same again from the same seed', () => {
    const made = (): string => {
      const stamps = new Stamps(testRuntime());
      stamps.next();
      return stamps.id + stamps.traceparent;
    };
    expect(made()).toBe(made());
  });
});
