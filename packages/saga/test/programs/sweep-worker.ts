// node sweep-worker.ts <folder> <complete | fail> <module> <config>
// The first life of a saga, which dies where the sweep tells it. In the config, $FOLDER stands for the folder and $NAME for its name.
import { basename } from 'node:path';
import { crashingStore } from '@tutti/saga/testing';
import { liveOnce, type SweptLife } from './swept-saga.ts';

const [folder = '', ending = 'complete', module = '', config = '{}'] = process.argv.slice(2);
const own = JSON.parse(config.replaceAll('$FOLDER', folder).replaceAll('$NAME', basename(folder).replaceAll('-', '_').toLowerCase()));
await liveOnce({ folder, ending: ending as SweptLife['ending'], module, config: own, store: crashingStore });
