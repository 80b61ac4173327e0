// A new version gets a tenth of the users, then half of them: nobody changes sides twice, testers are sent there by a rule, and one call takes it all back.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryConfigStore, mergeOutcomes, noOutcomes, sumOutcomes, type TrafficPlan } from '@tutti/core';
import { memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { ServiceMesh } from '@tutti/mesh';

const discovery = new ServiceDiscovery({ backend: memoryBackend() });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery, config: memoryConfigStore() });
await discovery.start();
await mesh.start();

const servers = await Promise.all(
  ['1.2.0', '1.3.0'].map(async (version) => {
    const server = createServer((_request, response) => response.end(version)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await mesh.registerEndpoint({ serviceName: 'voice', version, host: '127.0.0.1', port });
    return server;
  }),
);

let outcomes = noOutcomes;
mesh.watchOutcomes((delta) => {
  outcomes = mergeOutcomes(outcomes, delta);
});

const users = Array.from({ length: 500 }, (_, index) => `user-${index}`);
const ask = async (user: string, channel = 'stable'): Promise<string> =>
  (await mesh.call('voice', { method: 'GET', path: '/', headers: { 'x-user': user, 'x-channel': channel } })).text();
const newSide = async (): Promise<Set<string>> => {
  const answers = await Promise.all(users.map((user) => ask(user)));
  return new Set(users.filter((_, index) => answers[index] === '1.3.0'));
};
const plan = (share: number): TrafficPlan => ({
  serviceName: 'voice',
  weights: { '1.2.0': 100 - share, '1.3.0': share },
  rules: [{ when: { headers: { 'x-channel': 'beta' } }, version: '1.3.0' }],
  bucketBy: { header: 'x-user' },
});
/** Resolves when no replica follows an older plan. */
const settled = async (revision: number): Promise<void> => {
  const { lagging } = await mesh.acknowledged('voice', revision, '5s');
  console.log(`plan ${revision} is followed by all, ${lagging.length} lag`);
};

await settled(await mesh.apply(plan(10), 0, 'ada'));
const tenth = await newSide();
console.log(`a tenth: between 30 and 70 of 500 users: ${tenth.size > 30 && tenth.size < 70}`);
console.log('a tester gets', await ask('user-0', 'beta'));

await settled(await mesh.apply(plan(50), 1, 'ada'));
const half = await newSide();
console.log(`half: between 200 and 300: ${half.size > 200 && half.size < 300}`);
console.log(`who was on the new side has stayed there: ${[...tenth].every((user) => half.has(user))}`);

await settled(await mesh.rollback('voice', 1, 'ben'));
const again = await newSide();
console.log(`after the way back it is the same tenth: ${again.size === tenth.size && [...tenth].every((user) => again.has(user))}`);
for (const { revision, actor, plan } of await mesh.history('voice', 10))
  console.log(`${revision} by ${actor}: ${plan?.weights['1.3.0']} %`);

await mesh.stop(); // what is left of the outcomes is told now
const counted = sumOutcomes(outcomes).filter(({ assigned }) => assigned); // who came by a rule is another traffic, and compared with nobody
for (const version of ['1.2.0', '1.3.0']) {
  const sums = counted.filter((sum) => sum.version === version);
  const errors = sums.reduce((sum, each) => sum + each.errors, 0);
  console.log(`${version}: ${errors} errors under the plans ${sums.map(({ planRevision }) => planRevision).join(', ')}`);
}
const total = counted.reduce((sum, { ok, errors }) => sum + ok + errors, 0);
console.log(`${total} requests were shared out by weight`);
await discovery.stop();
for (const server of servers) server.close();
