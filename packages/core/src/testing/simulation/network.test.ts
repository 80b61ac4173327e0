import { describe, expect, it } from 'vitest';
import { Call, compose, timeout } from '../../index.ts';
import { type LinkConditions, type SimulatedNetwork, simulatedNetwork, type TestRuntime, testRuntime, uniformLatency } from '../index.ts';

interface House {
  readonly runtime: TestRuntime;
  readonly network: SimulatedNetwork;
  /** What the server has heard, by name and by word. */
  readonly heard: string[];
  ask(words: string): Promise<string>;
}

/** A client and a server that answers in capitals, counts in memory, and notes what it hears. */
function house(conditions: LinkConditions = { latency: () => 10 }): House {
  const runtime = testRuntime();
  const network = simulatedNetwork({ runtime, conditions });
  const heard: string[] = [];
  network.node('client');
  network.node('server', ({ serve, receive, runtime: own }) => {
    let served = 0;
    serve<string, string>('shout', async (words) => `${words.toUpperCase()} ${++served}`);
    serve<string, string>('refuse', () => Promise.reject(new TypeError('no')));
    receive<string>('note', (words) => heard.push(words));
    own.clock.after(1_000, () => heard.push('a second old'));
  });
  const shout = compose(network.link('client', 'server').handler<string, string>('shout'), [
    timeout({ operation: 'shout', timeout: '100ms' }),
  ]);
  return { runtime, network, heard, ask: (words) => shout(words, Call.root({ runtime })) };
}

/** The outcome of a promise once so much time has passed. */
async function after<T>({ runtime }: House, ms: number, work: Promise<T>): Promise<T | string> {
  const outcome = work.catch((error: { code?: string; message: string }) => error.code ?? error.message);
  await runtime.clock.advance(ms);
  return outcome;
}

describe('a simulated network', () => {
  it('carries requests and answers, each after its latency, and errors as they are', async () => {
    const own = house();
    let answered = false;
    const answer = own.ask('hello').finally(() => {
      answered = true;
    });
    await own.runtime.clock.advance(19);
    expect(answered).toBe(false);
    expect(await after(own, 1, answer)).toBe('HELLO 1');
    const link = own.network.link('client', 'server');
    expect(await after(own, 20, link.handler('refuse')('', Call.root({ runtime: own.runtime })))).toBe('no');
    expect(await after(own, 20, link.handler('unknown')('', Call.root({ runtime: own.runtime })))).toBe('STORE_UNAVAILABLE');
  });

  it('copies what it carries', async () => {
    const own = house();
    const note = ['as it was'];
    own.network.link('client', 'server').send('note', note);
    note[0] = 'changed';
    await own.runtime.clock.advance(10);
    expect(own.heard).toEqual([['as it was']]);
  });

  it('keeps the order of messages, unless some may overtake others', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => String(index));
    for (const reordering of [0, 0.5]) {
      const own = house({ latency: uniformLatency(1, 50), reordering });
      for (const number of numbers) own.network.link('client', 'server').send('note', number);
      await own.runtime.clock.advance(60);
      expect(own.heard.toSorted()).toEqual(numbers.toSorted());
      expect(own.heard.join() === numbers.join()).toBe(reordering === 0);
    }
  });

  it('loses and doubles about as many as it was told', async () => {
    const own = house({ loss: 0.2, duplication: 0.1 });
    for (let number = 0; number < 2_000; number++) own.network.link('client', 'server').send('note', String(number));
    await own.runtime.clock.advance(100);
    const arrived = new Set(own.heard).size;
    expect(arrived / 2_000).toBeCloseTo(0.8, 1);
    expect((own.heard.length - arrived) / arrived).toBeCloseTo(0.1, 1);
  });

  it('is silent across a partition, in one direction or both, and speaks again when it is healed', async () => {
    const own = house();
    own.network.partition(['client'], ['server']);
    expect(await after(own, 100, own.ask('a'))).toBe('TIMEOUT');
    own.network.heal();
    expect(await after(own, 20, own.ask('b'))).toBe('B 1');
    own.network.partition(['server'], ['client'], 'one-way');
    expect(await after(own, 100, own.ask('c'))).toBe('TIMEOUT');
    own.network.heal();
    expect(await after(own, 20, own.ask('d'))).toBe('D 3');
  });

  it('refuses for a node that is down, whose memory and timers are lost when it comes back', async () => {
    const own = house();
    await after(own, 20, own.ask('a'));
    const pending = own.ask('b');
    await own.runtime.clock.advance(5);
    own.network.crash('server');
    expect(await after(own, 15, pending)).toBe('STORE_UNAVAILABLE');
    own.network.link('client', 'server').send('note', 'nobody hears this');
    await own.runtime.clock.advance(2_000);
    expect(own.heard).toEqual([]);
    own.network.restart('server');
    expect(await after(own, 20, own.ask('c'))).toBe('C 1');
    await own.runtime.clock.advance(1_000);
    expect(own.heard).toEqual(['a second old']);
  });

  it('does not let a crashed node answer what it was asked before', async () => {
    const own = house();
    const answer = own.ask('a');
    await own.runtime.clock.advance(10);
    own.network.crash('server');
    own.network.restart('server');
    expect(await after(own, 100, answer)).toBe('A 1'); // it was on its way
    own.network.node('slow', ({ serve, runtime }) =>
      serve('wait', () => new Promise((resolve) => void runtime.clock.after(50, () => resolve('done')))),
    );
    const waiting = compose(own.network.link('client', 'slow').handler<string, string>('wait'), [
      timeout({ operation: 'wait', timeout: '1s' }),
    ]);
    const lost = waiting('', Call.root({ runtime: own.runtime }));
    await own.runtime.clock.advance(20);
    own.network.crash('slow');
    own.network.restart('slow');
    expect(await after(own, 1_000, lost)).toBe('TIMEOUT');
  });

  it('changes one direction and leaves the other', async () => {
    const own = house();
    own.network.change('client', 'server', { latency: () => 70 });
    expect(await after(own, 80, own.ask('a'))).toBe('A 1');
  });

  it('names what it does not know', () => {
    const { network } = house();
    expect(() => network.link('client', 'nobody').send('note', '')).toThrowError("node must be one that was added, got 'nobody'");
    expect(() => network.node('client')).toThrowError("node must be new, and 'client' is not");
    expect(() => network.restart('client')).toThrowError("node must be down to be restarted, and 'client' is not");
    expect(() => network.change('client', 'server', { loss: 2 })).toThrowError('conditions.loss must be a number from 0 to 1, got 2');
  });
});
