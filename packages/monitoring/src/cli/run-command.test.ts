import type { Inspectable } from '@tutti/core';
import { type InspectionServer, type InspectionServerOptions, inspectionServer } from '@tutti/core/inspect';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemMonitor } from '../index.ts';
import { runCommand } from './run-command.ts';

const token = 'a-token-of-enough-length';
const running: InspectionServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));

/** A cellar that can be emptied, and a person at a terminal who gives these answers. */
async function cellar(options: Partial<InspectionServerOptions> = { token }) {
  const monitor = new SystemMonitor();
  let bottles = 3;
  const tasted = [{ year: 1998, by: 'ada' }, { year: 2004, by: 'grace' }, { year: 2011 }];
  const inspectable: Inspectable = {
    feature: 'cellar',
    resources: () => [],
    actions: () => [
      {
        name: 'empty',
        destructive: true,
        run: async () => {
          bottles = 0;
          return { bottles };
        },
      },
      {
        name: 'tasted',
        destructive: false,
        details: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
        run: async ({ details }) => {
          const { limit, after = '0' } = details as { limit: number; after?: string };
          const items = tasted.slice(Number(after)).slice(0, limit);
          const end = Number(after) + items.length;
          return { items, ...(end < tasted.length && { next: String(end) }) };
        },
      },
    ],
  };
  const server = inspectionServer({ inspectables: [inspectable], audit: monitor, ...options });
  running.push(server);
  await server.start();
  const tutti = async (args: readonly string[], answer?: string) => {
    const [out, notes, questions]: [string[], string[], string[]] = [[], [], []];
    const code = await runCommand(args, {
      env: { TUTTI_URL: server.url, TUTTI_TOKEN: token },
      user: 'grace',
      out: async (text) => void out.push(text),
      note: (line) => void notes.push(line),
      ask:
        answer === undefined
          ? undefined
          : async (question) => {
              questions.push(question);
              return answer;
            },
    });
    return { code, out: out.join(''), notes, questions };
  };
  return { tutti, monitor, bottles: () => bottles };
}

const empty = ['act', 'cellar', 'empty', 'north', '--reason', 'a party'];

describe('tutti at a terminal', () => {
  it.each([
    ['yes', 0, 0],
    ['yes\n', 0, 0],
    ['y', 3, 3],
    ['', 3, 3],
  ])('asks before it does what cannot be undone; answered %j it ends with %d', async (answer, code, left) => {
    const { tutti, bottles } = await cellar();
    const ended = await tutti(empty, answer);
    expect([ended.code, bottles()]).toEqual([code, left]);
    expect(ended.questions).toEqual(['cellar.empty of north cannot be undone. Type yes to go on: ']);
  });

  it('acts under the name of the user, unless it is given another', async () => {
    const { tutti, monitor } = await cellar();
    await tutti([...empty, '--yes']);
    await tutti([...empty, '--yes', '--actor', 'ada']);
    expect(monitor.auditTrail().map(({ actor, outcome }) => [actor, outcome])).toEqual([
      ['ada', 'done'],
      ['ada', 'begun'],
      ['grace', 'done'],
      ['grace', 'begun'],
    ]);
  });

  it('leaves the name to a server that knows people by their tokens, and insists on one that was given', async () => {
    const { tutti, monitor } = await cellar({ authorize: async () => ({ actor: 'ada@example.org', act: true }) });
    expect((await tutti([...empty, '--yes'])).code).toBe(0);
    const insisting = await tutti([...empty, '--yes', '--actor', 'eve']);
    expect([insisting.code, insisting.notes[0]]).toEqual([2, 'tutti: actor must be ada@example.org, or be left out']);
    expect(new Set(monitor.auditTrail().map(({ actor }) => actor))).toEqual(new Set(['ada@example.org']));
  });

  it('says when looking is all that is allowed', async () => {
    const { tutti, bottles } = await cellar({});
    expect(await tutti([...empty, '--yes'])).toMatchObject({ code: 3, notes: ['tutti: looking is allowed here, acting is not'] });
    expect((await tutti(['inspect'])).out).toBe('cellar\n  act   empty (cannot be undone)\n  act   tasted  --details JSON\n');
    expect(bottles()).toBe(3);
  });

  it('shows an answer that is a page as a table of its items, and how to ask for the next one', async () => {
    const { tutti } = await cellar();
    const look = ['act', 'cellar', 'tasted', 'north', '--reason', 'a list', '--details'];
    const first = await tutti([...look, '{"limit":2}']);
    expect(first.out).toMatch(/^year {2}by\n-{4} {2}-{5}\n1998 {2}ada\n2004 {2}grace\nrecorded as \S+\n$/);
    expect(first.notes).toEqual([`There is more: --details '{"limit":2,"after":"2"}'`]);
    const last = await tutti([...look, '{"limit":2,"after":"2"}']);
    expect([last.out.split('\n').slice(0, 3), last.notes]).toEqual([['year', '----', '2011'], []]);
    expect((await tutti([...look, '{"limit":2,"after":"3"}'])).out).toMatch(/^\(nothing\)\nrecorded as/);
  });

  it('leaves a page as it is for programs', async () => {
    const { tutti } = await cellar();
    const { out, notes } = await tutti(['act', 'cellar', 'tasted', 'north', '--reason', 'a list', '--details', '{"limit":1}', '--json']);
    expect([JSON.parse(out), notes]).toMatchObject([{ result: { items: [{ year: 1998, by: 'ada' }], next: '1' } }, []]);
  });
});
