import { describe, expect, it } from 'vitest';
import { type Admission, type AdmissionClass, type AdmissionOptions, type AnyLayer, admission, gradientLimit } from '../../src/index.ts';
import { faultScale } from '../../src/testing/index.ts';
import { type OverloadOptions, overload, type Sender, type Sent } from './overload.ts';

/** Ten workers, 50 ms each: 200 calls a second at the very most. */
const station = { workers: 10, workMs: 50, deadlineMs: 400, seconds: 17, warmUp: 5 } as const;
const perSecond = 200;
const counted = station.seconds - station.warmUp;

const seeds = Array.from({ length: faultScale(20) }, (_, index) => index + 1);
/** Twenty seeds of a quarter of a minute each take longer than a quick test may. */
const timeoutMs = 120_000;
const spreads = ['even', 'exponential'] as const;

const byPrincipal = (options: Omit<AdmissionOptions, 'operation'>): Admission =>
  admission({ operation: 'work', classOf: (call) => call.principal as AdmissionClass, ...options });

const goodput = (sent: Readonly<Record<string, Sent>>): number => Object.values(sent).reduce((sum, { good }) => sum + good, 0) / counted;

describe('at three times what the target can do', () => {
  const senders: readonly Sender[] = [
    { name: 'critical', perSecond: 60 },
    { name: 'default', perSecond: 400 },
    { name: 'sheddable', perSecond: 140 },
  ];
  const at3x = (seed: number, spread: OverloadOptions['spread'], layers: readonly AnyLayer[]): ReturnType<typeof overload> =>
    overload({ ...station, seed, spread, senders, layers });

  it.each(spreads)(
    'a limit that learns keeps nine tenths of the peak, which a limit that is right has, and sheds nothing critical (%s work)',
    async (spread) => {
      for (const seed of seeds) {
        const door = byPrincipal({ limit: gradientLimit({ min: 4, max: 200, initial: 10 }) });
        const sent = await at3x(seed, spread, [door]);
        const peak = goodput(await at3x(seed, spread, [byPrincipal({ limit: station.workers })]));
        expect(peak, `seed ${seed}`).toBeGreaterThanOrEqual(0.85 * perSecond);
        expect(goodput(sent), `seed ${seed}`).toBeGreaterThanOrEqual(0.9 * peak);
        expect(sent['critical']?.refused, `seed ${seed}`).toEqual({});
        expect(door.counts().refused.critical + door.counts().abandoned.critical, `seed ${seed}`).toBe(0);
        expect([door.active, door.queued, door.gate.queueAgeMs(1e9)]).toEqual([0, 0, 0]);
      }
    },
    timeoutMs,
  );

  it(
    'without an admission, or with a fixed limit that is wrong, next to nothing is done in time (control)',
    async () => {
      expect(goodput(await at3x(1, 'even', []))).toBeLessThan(0.1 * perSecond);
      expect(goodput(await at3x(1, 'even', [byPrincipal({ limit: 100 })]))).toBeLessThan(0.1 * perSecond);
    },
    timeoutMs,
  );
});

describe('a limit that learns', () => {
  it(
    'grows to what is asked of a target that can do it',
    async () => {
      const door = byPrincipal({ limit: gradientLimit({ min: 4, max: 200 }) });
      const senders = [{ name: 'default', perSecond: 1_000 }];
      const sent = await overload({ ...station, workers: 100, warmUp: 10, seed: 1, spread: 'exponential', senders, layers: [door] });
      expect((sent['default']?.good ?? 0) / (sent['default']?.asked ?? 1)).toBeGreaterThanOrEqual(0.99);
    },
    timeoutMs,
  );
});

describe('one elephant and twenty mice', () => {
  const senders: readonly Sender[] = [
    { name: 'elephant', perSecond: 800 },
    ...Array.from({ length: 20 }, (_, index) => ({ name: `mouse ${index}`, perSecond: 5 })),
  ];
  const among = async (seed: number, options: Partial<AdmissionOptions>): Promise<{ mice: number; elephant: number }> => {
    const layers = [admission({ operation: 'work', limit: 10, ...options })];
    const { elephant, ...mice } = await overload({ ...station, seed, spread: 'exponential', senders, layers });
    const all = Object.values(mice);
    const sum = (of: (one: Sent) => number): number => all.reduce((total, one) => total + of(one), 0);
    return { mice: sum(({ good }) => good) / sum(({ asked }) => asked), elephant: (elephant?.good ?? 0) / counted };
  };

  it(
    'the mice are served, and the elephant gets what is left',
    async () => {
      for (const seed of seeds) {
        const { mice, elephant } = await among(seed, {});
        expect(mice, `seed ${seed}`).toBeGreaterThanOrEqual(0.99);
        expect(elephant, `seed ${seed}`).toBeGreaterThanOrEqual(0.8 * (perSecond - 100));
      }
    },
    timeoutMs,
  );

  it(
    'where all share one line, the mice starve with the elephant (control)',
    async () => {
      expect((await among(1, { tenantOf: () => undefined })).mice).toBeLessThan(0.5);
    },
    timeoutMs,
  );
});
