import { mkdtempSync } from 'node:fs';
import { sqliteDatabase } from '@tutti/core/sqlite';

let bad = 0;
for (let i = 0; i < 25; i++) {
  const path = mkdtempSync('/tmp/tutti-race-') + '/x.db';
  const dbs = Array.from({ length: 3 }, () => sqliteDatabase({ path }));
  const t = performance.now();
  const r = await Promise.allSettled(dbs.map((d) => d.start()));
  for (const x of r)
    if (x.status === 'rejected') {
      bad++;
      console.log(i, Math.round(performance.now() - t), x.reason.message);
    }
  await Promise.all(dbs.map((d) => d.stop()));
}
console.log('bad', bad);
