/** One life, which dies at the write that the sweep names: argv[2] is the folder, argv[3] may be `apart`. */
import { join } from 'node:path';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { crashingDatabase } from '@tutti/core/testing';
import { liveOnce } from './swept-bus.ts';

const folder = String(process.argv[2]);
await liveOnce(folder, crashingDatabase(sqliteDatabase({ path: join(folder, 'bus.db') })), process.argv[3] === 'apart');
