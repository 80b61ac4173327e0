/** Watches a store in Postgres, and says so and each time it rings. argv: url, schema. */
import { postgresStore } from '../../src/adapters/postgres.ts';
import { quiet } from '../postgres-place.ts';

const [url, schema] = process.argv.slice(2) as [string, string];
const store = postgresStore({ url, schema });
await store.open(quiet);
store.desk.watch(() => process.stdout.write('rung\n'));
process.stdout.write('watches\n');
process.stdin.once('end', () => store.close()).resume();
