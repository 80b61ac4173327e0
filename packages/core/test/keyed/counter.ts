// node counter.ts <place> <careful | careless> <how many>
// Adds one to the configuration "counter" so many times. The careless one, when it meets a conflict, puts what it had at the current revision.
import { once } from 'node:events';
import { TuttiError } from '../../src/index.ts';
import { openStores } from './open-stores.ts';

const [place = '', manner = '', count = '0'] = process.argv.slice(2);
const { config, stop } = await openStores(place);
await config.get('counter');
console.log('ready');
await once(process.stdin, 'data');

async function addOne(): Promise<void> {
  let entry = await config.get('counter');
  let next = ((entry?.value as number | undefined) ?? 0) + 1;
  for (;;) {
    try {
      await config.put('counter', next, entry?.revision ?? 0, `${process.pid}`);
      return;
    } catch (error) {
      if (!TuttiError.is(error, 'CONFIG_CONFLICT')) throw error;
      entry = await config.get('counter');
      if (manner === 'careful') next = ((entry?.value as number | undefined) ?? 0) + 1;
    }
  }
}
for (let added = 0; added < Number(count); added++) await addOne();
console.log('done');
await stop();
process.stdin.destroy();
