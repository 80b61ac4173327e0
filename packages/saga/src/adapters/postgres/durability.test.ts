import { describe, expect, it } from 'vitest';
import { wordsFor } from './durability.ts';

const best = { fsync: true, fullPages: true, sync: 'on', syncStandbys: false, standbys: false };

describe('what an acknowledgement of Postgres is worth', () => {
  it.each([
    [{}, [], /^Checkpoints are on the disk of the server when they are acknowledged\.$/],
    [{ sync: 'off' }, ['synchronous-commit-off'], /its crash loses those of the last moments/],
    [{ sync: 'off', syncStandbys: true, standbys: true }, ['synchronous-commit-off'], /its crash loses/],
    [{ sync: 'local' }, [], /on the disk of the server/],
    [{ sync: 'local', syncStandbys: true, standbys: true }, ['synchronous-commit-local'], /A failover may lose/],
    [{ syncStandbys: true, standbys: true }, [], /on the disks of the synchronous standbys, too/],
    [{ sync: 'remote_write', syncStandbys: true, standbys: true }, [], /The synchronous standbys have received them/],
    [{ standbys: true }, ['failover-may-lose'], /A failover may lose/],
    [{ fsync: false }, ['fsync-off'], /a crash of its machine may lose everything/],
    [{ fullPages: false }, ['full-page-writes-off'], /on the disk of the server/],
  ])('with %o', (settings, warnings, words) => {
    const found = wordsFor({ ...best, ...settings });
    expect(found.warnings.map(({ name }) => name)).toEqual(warnings.map((name) => `postgres-${name}`));
    expect(found.acknowledged).toMatch(words);
  });
});
