import type { EndpointSource } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { EndpointHistory, endpointsIn } from './endpoint-history.ts';
import { endpointOf } from './endpoint-of.ts';
import type { HeardChange } from './history-subscriber.ts';

const a1 = endpointOf('a', '1');
const a2 = endpointOf('a', '2');
const b1 = endpointOf('b', '1');
const removed = (endpoint: typeof a1): HeardChange => ({ kind: 'remove', endpoint });
const put = (endpoint: typeof a1): HeardChange => ({ kind: 'upsert', endpoint });
const all = (...endpoints: (typeof a1)[]): HeardChange => ({ kind: 'snapshot', endpoints });

describe('a history of what subscribers are told', () => {
  it.each([
    ['ends with remove', [all(), put(a1), removed(a1), put(a1)]],
    ['was replaced', [all(a1), put(a2), put(a1)]],
    ['was missing in a snapshot', [all(a1, b1), all(b1), all(a1)]],
    ['was overwritten with what is no endpoint', [all(a1), { kind: 'malformed', key: 'a', problem: 'x' }, put(a1)]],
    ['was another one in a snapshot', [all(a1), all(a2), put(a1)]],
  ] as readonly [string, HeardChange[]][])('finds a life that comes back after it %s', (_how, changes) => {
    const history = new EndpointHistory(testRuntime().clock);
    for (const change of changes) history.hear('one', change);
    expect(history.problems).toEqual(['one at 0 ms: a#1 of a was over and has come back']);
    expect(() => history.check()).toThrowError('1 things are wrong');
  });

  it.each([
    ['a life that changes', [all(a1), put({ ...a1, state: 'unhealthy' }), put(a1), put({ ...a1, state: 'draining' }), removed(a1)]],
    ['a life after the other', [all(), put(a1), put(a2), removed(a2)]],
    ['a late farewell of an old life', [all(a1), put(a2), removed(a1), put(a2)]],
    ['the same snapshot again', [all(a1, b1), all(a1, b1)]],
  ] as readonly [string, HeardChange[]][])('finds nothing wrong with %s', (_what, changes) => {
    const history = new EndpointHistory(testRuntime().clock);
    for (const change of changes) history.hear('one', change);
    history.check();
  });

  it('finds what drained and is ready again, revisions that do not rise, and an instance that is there twice', () => {
    const history = new EndpointHistory(testRuntime().clock);
    history.hear('one', { kind: 'snapshot', revision: 4, endpoints: [{ ...a1, state: 'draining' }] });
    history.hear('one', { kind: 'upsert', revision: 4, endpoint: a1 });
    history.hear('one', { kind: 'snapshot', revision: 5, endpoints: [a1, a2] });
    expect(history.problems).toEqual([
      'one at 0 ms: revision 4 came after 4',
      'one at 0 ms: a#1 of a was draining and is ready',
      'one at 0 ms: a snapshot names an instance twice',
      'one at 0 ms: a#1 of a was draining and is ready',
    ]);
  });

  it('tells subscribers apart: what one has lost another may not have heard of yet', () => {
    const history = new EndpointHistory(testRuntime().clock);
    for (const change of [all(a1), removed(a1)]) history.hear('one', change);
    history.hear('other', all(a1));
    history.check();
    expect(history.differences([])).toEqual(['other knows of a a#1:ready, which is not there']);
    expect(history.differences([a1])).toEqual(['one does not know of a a#1:ready']);
    expect(() => history.check([b1])).toThrowError('other does not know of b b#1:ready');
  });

  it('does not hold a suspect against a subscriber', () => {
    const history = new EndpointHistory(testRuntime().clock);
    history.hear('one', all({ ...a1, suspect: true }, b1));
    history.check([b1]);
  });

  it('measures for how long lives that are over are known', async () => {
    const { clock } = testRuntime();
    const history = new EndpointHistory(clock);
    for (const name of ['one', 'other']) history.hear(name, all(a1));
    history.over(a1);
    history.over(b1);
    await clock.advance(300);
    history.hear('one', removed(a1));
    await clock.advance(200);
    history.hear('other', removed(a1));
    await clock.advance(5_000);
    expect(history.lateMs).toBe(500);
  });

  it('measures those that are known still', async () => {
    const { clock } = testRuntime();
    const history = new EndpointHistory(clock);
    history.hear('one', all(a1));
    history.over(a1);
    await clock.advance(900);
    expect(history.lateMs).toBe(900);
  });

  it('follows whatever tells endpoints, and reads what a registry holds', async () => {
    const backend = memoryBackend();
    await backend.put(a1, 60_000);
    const truth = await endpointsIn(backend, 'voice');
    expect(truth).toEqual([a1]);
    const source: EndpointSource = {
      watchEndpoints(_name, listener) {
        listener({ kind: 'snapshot', revision: 1, endpoints: truth });
        return () => {};
      },
    };
    const history = new EndpointHistory(testRuntime().clock);
    history.follow('one', source, 'voice');
    history.check(truth);
    expect(history.endpoints('one')).toEqual([a1]);
    await backend.close();
    await expect(endpointsIn(backend, 'voice')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});
