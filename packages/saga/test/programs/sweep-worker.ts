// node sweep-worker.ts <folder> <complete | fail>
// The first life of a saga, which dies where the sweep tells it.
import { join } from 'node:path';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { crashingDatabase } from '@tutti/core/testing';
import { liveOnce } from './swept-saga.ts';

const [folder = '', ending = 'complete'] = process.argv.slice(2);
await liveOnce({ folder, ending, database: crashingDatabase(sqliteDatabase({ path: join(folder, 'sagas.db') })) });
