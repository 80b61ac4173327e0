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
    expect((await tutti(['inspect'])).out).toBe('cellar\n  act   empty (cannot be undone)\n');
    expect(bottles()).toBe(3);
  });
});
