import { describe, expect, it } from 'vitest';
import { sqliteInboxSubject } from '../../test/sqlite-inbox-subject.ts';
import type { TransactionalInbox } from '../inbox/inbox.ts';
import { inboxLaws } from './inbox-laws.ts';

/** An inbox with one promise broken. */
type Sabotage = (inbox: TransactionalInbox) => Partial<TransactionalInbox>;

const sabotages: readonly (readonly [law: string, what: string, sabotage: Sabotage])[] = [
  ['IB-1', 'takes everything for new', () => ({ handled: async (_subscription, identities) => identities.map(() => false) })],
  [
    'IB-1',
    'tells in an order of its own',
    (inbox) => ({ handled: async (subscription, identities) => (await inbox.handled(subscription, identities)).toSorted() }),
  ],
  [
    'IB-1',
    'takes small letters for large ones',
    (inbox) => ({
      remember: (subscription, identities) =>
        inbox.remember(
          subscription,
          identities.map((each) => each.toLowerCase()),
        ),
      handled: (subscription, identities) =>
        inbox.handled(
          subscription,
          identities.map((each) => each.toLowerCase()),
        ),
    }),
  ],
  [
    'IB-2',
    'refuses what it knows',
    (inbox) => ({
      async remember(subscription, identities) {
        if ((await inbox.handled(subscription, identities)).some(Boolean)) throw new Error('known');
        await inbox.remember(subscription, identities);
      },
    }),
  ],
  [
    'IB-2',
    'remembers for everybody',
    (inbox) => ({
      remember: (_subscription, identities) => inbox.remember('all', identities),
      handled: (_subscription, identities) => inbox.handled('all', identities),
    }),
  ],
  ['IB-3', 'remembers in itself', forgetful],
  [
    'IB-4',
    'looks first and writes then',
    (inbox) => ({
      async commit(subscription, identity, statements) {
        if ((await inbox.handled(subscription, [identity]))[0]) return false;
        await inbox.commit('elsewhere', `${identity} ${Math.random()}`, statements);
        await inbox.remember(subscription, [identity]);
        return true;
      },
    }),
  ],
  [
    'IB-4',
    'remembers what it could not write',
    (inbox) => ({
      async commit(subscription, identity, statements) {
        try {
          return await inbox.commit(subscription, identity, statements);
        } catch (error) {
          await inbox.remember(subscription, [identity]);
          throw error;
        }
      },
    }),
  ],
  ['IB-4', 'takes every conflict for its own', (inbox) => ({ commit: (...given) => inbox.commit(...given).catch(() => false) })],
  [
    'IB-5',
    'forgets the newest',
    (inbox) => ({
      remember: (subscription, identities) =>
        inbox.remember(
          subscription,
          identities.filter((each) => !each.endsWith('99')),
        ),
    }),
  ],
  ['IB-5', 'never forgets', forgetful],
  ['IB-6', 'closes with the first of its users', (inbox) => ({ connect: once(inbox) })],
];

/** Remembers in a map of its own, which lives as long as the object and has no bounds. */
function forgetful(): Partial<TransactionalInbox> {
  const known = new Set<string>();
  return {
    async remember(subscription, identities) {
      for (const identity of identities) known.add(`${subscription}/${identity}`);
    },
    handled: async (subscription, identities) => identities.map((identity) => known.has(`${subscription}/${identity}`)),
  };
}

function once(inbox: TransactionalInbox): TransactionalInbox['connect'] {
  let connecting: Promise<void> | undefined;
  return (runtime) => {
    connecting ??= inbox.connect(runtime);
    return connecting;
  };
}

async function verdict(id: string, sabotage: Sabotage): Promise<'kept' | 'broken'> {
  const law = inboxLaws.find((each) => each.id === id);
  const subject = await sqliteInboxSubject();
  const member = (): TransactionalInbox => {
    const inbox = subject.member() as TransactionalInbox;
    return { ...inbox, ...sabotage(inbox) };
  };
  try {
    return await Promise.resolve(law?.run({ ...subject, member })).then(
      () => 'kept' as const,
      () => 'broken' as const,
    );
  } finally {
    await subject.dispose();
  }
}

describe('the laws of inboxes', () => {
  it.each(sabotages)('%s catches an inbox that %s', async (id, _what, sabotage) => {
    expect([await verdict(id, () => ({})), await verdict(id, sabotage)]).toEqual(['kept', 'broken']);
  });

  it('are numbered without a gap', () => {
    expect(inboxLaws.map(({ id }) => id)).toEqual(inboxLaws.map((_law, index) => `IB-${index + 1}`));
  });
});
