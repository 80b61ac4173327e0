import { defaultRuntime } from '@tutti/core';
import { route } from '../src/traffic/route.ts';
import { trafficHouse } from './traffic-house.ts';

/**
 * A process that routes a request every few milliseconds and says what each followed, by a clock that all processes of the machine
 * share. With `no-fence` it never asks whether what it knows is current. A line on its input has it stop itself, in the middle of a request: the first thing
 * that it does when it goes on is to look at its plan.
 */
const [path = '', instanceId = '', fence = ''] = process.argv.slice(2);
const { clock, random } = defaultRuntime;

const { traffic, registry } = await trafficHouse(path, instanceId);
const plan = traffic.follow('voice');
await plan.ready();
const every = { has: () => true };

function routeOne(): void {
  const at = Number(process.hrtime.bigint() / 1_000n);
  if (fence !== 'no-fence' && !traffic.current(clock.now())) {
    void traffic.refresh();
    return;
  }
  const { planRevision, version } = route(plan.active, {}, random, every);
  process.stdout.write(`${JSON.stringify({ at, planRevision, version })}\n`);
}
setInterval(routeOne, 5);

process.stdin.on('data', () => {
  const stopping = setInterval(() => {
    if (!registry.idle) return;
    clearInterval(stopping);
    process.kill(process.pid, 'SIGSTOP');
    routeOne();
  }, 1);
});
