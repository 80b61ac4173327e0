/** Takes one event of a bus on Redis and holds it; acknowledges it when it is told to, and says what came of that. argv: url, name, lease. */
import { redisTransport } from '../../src/adapters/redis.ts';
import { never } from '../../src/testing/event-transport-subject.ts';
import { openOn, quiet } from '../redis-bus.ts';

const [url, name, leaseMs] = process.argv.slice(2) as [string, string, string];
const transport = redisTransport({ url, name });
await transport.connect(quiet);
const feed = await openOn(transport, { from: 'beginning', leaseMs: Number(leaseMs) });
const [delivery] = await feed.receive(1, 10_000, never);
process.stdout.write('holds\n');
process.stdin.once('data', async () => {
  const [accepted] = await feed.settle([{ kind: 'ack', receipt: String(delivery?.receipt) }]);
  process.stdout.write(`${accepted}\n`);
  await transport.close();
  process.stdin.destroy();
});
