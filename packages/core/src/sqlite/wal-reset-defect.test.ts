import { expect, it } from 'vitest';
import { hasWalResetDefect } from './wal-reset-defect.ts';

it.each(['3.7.0', '3.43.2', '3.44.5', '3.45.0', '3.46.1', '3.49.2', '3.50.4', '3.50.6', '3.51.0', '3.51.2'])(
  'SQLite %s has the WAL-reset defect',
  (version) => {
    expect(hasWalResetDefect(version)).toBe(true);
  },
);

it.each(['3.44.6', '3.44.9', '3.50.7', '3.51.3', '3.51.10', '3.52.0', '3.53.4'])('SQLite %s has it not', (version) => {
  expect(hasWalResetDefect(version)).toBe(false);
});
