import { createServer } from 'node:http';
import { seededRandom } from '@tutti/core';
import { faultScale } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { portOf } from '../set-up.ts';
import { startGateway } from '../start-gateway.ts';
import { mutated } from './mutations.ts';
import { rawExchange } from './raw-exchange.ts';

const total = faultScale(1_000_000, 0.02);
const atATime = 100;

/** The statuses of the answers that came over one connection, and whether each was the service's or a problem. */
function answersIn(received: string): { status: string; isProblem: boolean; isOfService: boolean }[] {
  return [...received.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '').matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n/gs)].map(
    ([, status = '', head = '']) => ({
      status,
      isProblem: /content-type: application\/problem\+json/i.test(head),
      isOfService: /x-of-service: 1/i.test(head),
    }),
  );
}

it(`${total} mutated requests on raw sockets end no process, and each is passed on or refused with a problem`, {
  timeout: 3_600_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  process.stdout.write(`fuzz: ${total} requests of seed ${seed}\n`);
  let reached = 0;
  // it reads larger heads than the gateway lets through and adds to, so that it has nothing to refuse
  const service = await portOf(
    createServer({ maxHeaderSize: 131_072 }, (request, response) => {
      request.resume().on('end', () => {
        reached++;
        response.writeHead(200, { 'x-of-service': '1', 'content-length': '2' }).end('ok');
      });
    }),
  );
  const { child, port } = await startGateway(service, { maxLoopDelay: '1h' }); // on a busy machine it would turn requests away, rightly
  let exit: unknown;
  child.on('exit', (code, signal) => {
    exit = { code, signal };
  });

  const random = seededRandom(seed);
  const statuses = new Map<string, number>();
  const wrong: { readonly why: string; readonly sent: string; readonly received: string }[] = [];
  let [left, passedOn, unanswered] = [total, 0, 0];
  const work = async (): Promise<void> => {
    while (left-- > 0 && wrong.length === 0 && exit === undefined) {
      const sent = mutated(random);
      const received = await rawExchange(port, sent);
      if (received === undefined) wrong.push({ why: 'the connection did not end', sent, received: '' });
      const answers = answersIn(received ?? '');
      if (answers.length === 0) unanswered++;
      if (answers.length === 0 && received !== '' && received !== 'HTTP/1.1 100 Continue\r\n\r\n')
        wrong.push({ why: 'no answer that can be read', sent, received: received ?? '' });
      for (const { status, isProblem, isOfService } of answers) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (isOfService) passedOn++;
        const isRefusal = /^4/.test(status) && isProblem;
        const isOptions = status === '204';
        if (!isOfService && !isRefusal && !isOptions) wrong.push({ why: `${status} is neither`, sent, received: received ?? '' });
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));

  expect(exit, `the process ended; seed ${seed}`).toBeUndefined();
  expect(
    wrong.map((each) => JSON.stringify(each).slice(0, 2_000)),
    `seed ${seed}`,
  ).toEqual([]);
  expect(reached, 'what was refused has not reached the service').toBeLessThanOrEqual(passedOn + unanswered);
  expect(passedOn, 'some are still requests').toBeGreaterThan(total / 100);
  expect(statuses.get('400') ?? 0, 'most are none').toBeGreaterThan(total / 10);
  expect(await rawExchange(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'), 'it still serves').toMatch(/^HTTP\/1\.1 200 /);
  process.stdout.write(`fuzz: ${passedOn} passed on, ${unanswered} unanswered, ${JSON.stringify(Object.fromEntries(statuses))}\n`);
});
