import { sqliteDatabase } from '@tutti/core/sqlite';
import { expect, it } from 'vitest';
import { HeldReceipts } from './held-receipts.ts';
import { busTables } from './tables.ts';

it('lets go, when they become many, of deliveries that others have taken over', async () => {
  await using database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  await database.migrate('messaging.bus', busTables);
  const row = 'INSERT INTO bus_deliveries (subscription, seq, priority, state, attempt, fence, due_at) VALUES (1, ?, 1, 1, 1, ?, 0)';
  const rows = [1, 2, 3].map((seq) => ({ sql: row, values: [seq, seq === 3 ? 2 : 1] }));
  await database.write({ name: 'test.rows', statements: rows });
  const held = new HeldReceipts({ database, subscription: 1 });
  for (let seq = 1; seq <= 4_095; seq++) held.add(`${seq}:1`, `law\ne${seq}`);
  await held.forgetLost();
  expect(held.size).toBe(4_095);
  held.add('4096:1', undefined);
  await held.forgetLost();
  expect([...held.receipts()]).toEqual(['1:1', '2:1']);
  expect(held.identityOf('2:1')).toBe('law\ne2');
  expect(await Promise.all(['1:1', '3:1', '3:2', 'x'].map((receipt) => held.stillHeld(receipt)))).toEqual([true, false, true, false]);
});
