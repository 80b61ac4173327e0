// node sweep-worker.ts <folder> <complete | fail | book> <module> <config> [apart]
// The first life of a saga, which dies where the sweep tells it. In the config, $FOLDER stands for the folder and $NAME for its name. `apart` is for a control.
import { basename } from 'node:path';
import { crashingStore } from '@tutti/saga/testing';
import { withStatementsApart } from '../../src/faults/sabotage.ts';
import { liveOnce, type SweptLife } from './swept-saga.ts';

const [folder = '', ending = 'complete', module = '', config = '{}', broken] = process.argv.slice(2);
const own = JSON.parse(config.replaceAll('$FOLDER', folder).replaceAll('$NAME', basename(folder).replaceAll('-', '_').toLowerCase()));
const store: SweptLife['store'] = (real) => (broken === 'apart' ? withStatementsApart(crashingStore(real)) : crashingStore(real));
await liveOnce({ folder, ending: ending as SweptLife['ending'], module, config: own, store });
