import { afterEach, expect, it, vi } from 'vitest';
import { faultScale, missingTool } from './index.ts';

afterEach(() => void vi.unstubAllEnvs());

it('tells a program that is here from one that is not, which is an error where nothing may be skipped', () => {
  vi.stubEnv('TUTTI_REQUIRE_SERVICES', '0');
  expect([missingTool('sh'), missingTool('no-such-program')]).toEqual([false, true]);
  vi.stubEnv('TUTTI_REQUIRE_SERVICES', '1');
  expect(missingTool('sh')).toBe(false);
  expect(() => missingTool('no-such-program')).toThrowError('no-such-program is not in the PATH');
});

it('scales tests of faults: full where that is asked for, a share of it elsewhere, and never nothing', () => {
  vi.stubEnv('TUTTI_FAULTS', '');
  expect([faultScale(1_000), faultScale(20, 0.25), faultScale(3)]).toEqual([100, 5, 1]);
  vi.stubEnv('TUTTI_FAULTS', 'full');
  expect([faultScale(1_000), faultScale(20, 0.25), faultScale(3)]).toEqual([1_000, 20, 3]);
});
