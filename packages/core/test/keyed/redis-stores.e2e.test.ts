import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';
import { count, hammer } from './hammer.ts';

describeWith('redis-server', 'in Redis,', () => {
  let server: RedisServer;
  let place: string;
  beforeEach(async () => {
    server = await startRedis();
    place = `redis ${server.url}`;
  });
  afterEach(() => server.stop());

  describe('four processes that take from one Redis', () => {
    it('get through what the limit allows and not one more', async () => {
      const { allowed, withoutBound, atLeast } = await hammer(place, 'strict');
      expect(allowed).toBeLessThanOrEqual(withoutBound);
      expect(allowed).toBeGreaterThan(atLeast);
    });

    it('exceed it, leased, by no more than the stated bound', async () => {
      const { allowed, withoutBound, errorBound, atLeast } = await hammer(place, 'leased', 10);
      expect(errorBound).toBe(40);
      expect(allowed).toBeLessThanOrEqual(withoutBound + errorBound);
      expect(allowed).toBeGreaterThan(atLeast);
    });

    it('exceed it without end when each reads, decides and writes (control)', async () => {
      const { allowed, withoutBound } = await hammer(place, 'hasty');
      expect(allowed).toBeGreaterThan(withoutBound);
    });
  });

  describe('four processes that count in one key of a Redis', () => {
    it('lose no update, and a watch sees rising revisions down to the last', async () => {
      const { value, revision, wanted, seen } = await count(place, 'careful');
      expect([value, revision]).toEqual([wanted, wanted]);
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    });

    it('lose updates when they put what they had at whatever the revision is (control)', async () => {
      const { value, revision, wanted } = await count(place, 'careless');
      expect(revision).toBe(wanted);
      expect(value).toBeLessThan(wanted);
    });
  });
});
