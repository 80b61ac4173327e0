import { describe, expect, it } from 'vitest';
import { Call } from '../../src/index.ts';
import { faultScale, longTailLatency, type SimulationReport, simulate } from '../../src/testing/index.ts';
import { disk, type Guards, misfortune, payIn, server, writeUnderLease } from './deposits.ts';

const clients = ['ada', 'ben', 'cleo'] as const;

function runs(seeds: number, guards: Guards): Promise<SimulationReport> {
  return simulate({
    name: 'deposits',
    seeds,
    async run(sim) {
      const database = await disk(sim.runtime);
      const network = sim.network({ latency: longTailLatency(5), loss: 0.03, duplication: 0.03, reordering: 0.2 });
      network.node('server', server(database, guards));
      for (const name of clients) network.node(name);
      const callFor = (key: string): Call =>
        Call.root({ runtime: sim.runtime, idempotencyKey: key, deadline: sim.runtime.clock.now() + 5_000 });
      const links = clients.map((name) => [name, network.link(name, 'server')] as const);
      const [acknowledged] = await Promise.all([
        Promise.all(links.map(([name, link]) => payIn(sim, link, name, callFor))),
        Promise.all(links.map(([name, link]) => writeUnderLease(sim, link, name, callFor))),
        misfortune(sim, network, clients),
      ]);
      const kept = (await database.read('SELECT key FROM deposits')).map(({ key }) => String(key));
      const twice = kept.filter((key, index) => kept.indexOf(key) !== index);
      if (twice.length > 0) throw new Error(`${twice} was paid in twice`);
      for (const key of acknowledged.flat()) if (!kept.includes(key)) throw new Error(`${key} was acknowledged and is lost`);
      const fences = (await database.read('SELECT fence FROM log ORDER BY rowid')).map(({ fence }) => Number(fence));
      if (fences.some((fence, index) => index > 0 && fence < (fences[index - 1] as number)))
        throw new Error(`the log was written under an old lease: ${fences}`);
      sim.note(`kept ${kept.length}, log ${fences}`);
      await database.stop();
    },
  });
}

describe('deposits over a network that loses, doubles and reorders, with a server that crashes', () => {
  it('are paid in once each, and the log is written by one holder after the other', { timeout: 600_000 }, async () => {
    const { seeds, steps } = await runs(faultScale(5_000), { dedupe: true, fence: true });
    expect(steps).toBeGreaterThan(seeds * 20);
  });

  it('would be paid in twice if no key were remembered (control)', async () => {
    await expect(runs(50, { dedupe: false, fence: true })).rejects.toThrowError(/^deposits: seed \d+ broke: .* was paid in twice/);
  });

  it('would let an old holder write if no fence were asked for (control)', async () => {
    await expect(runs(200, { dedupe: true, fence: false })).rejects.toThrowError(
      /^deposits: seed \d+ broke: the log was written under an old/,
    );
  });
});
