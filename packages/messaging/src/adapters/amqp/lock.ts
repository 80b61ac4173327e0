import { sleep } from '@tutti/core';
import type { Channel } from 'amqplib';
import { away, codeOf } from './failures.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';

/** Mutual exclusion among all members: an exclusive queue of the lock's name, which goes away with the connection of whoever holds it. */
export class Locks {
  readonly #link: Link;
  readonly #names: Names;
  /** Among callers of this process, who share the connection, the broker does not choose. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(link: Link, names: Names) {
    this.#link = link;
    this.#names = names;
  }

  /** @throws STORE_UNAVAILABLE when others hold it for more than ten times the broker's patience. */
  async hold<T>(what: string, use: () => Promise<T>): Promise<T> {
    const name = this.#names.lock(what);
    const mine = Promise.resolve(this.#turns.get(name))
      .catch(() => {}) // its own caller is told
      .then(() => whileDeclared(this.#link, name, use));
    this.#turns.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(name) === mine) this.#turns.delete(name);
    }
  }
}

async function whileDeclared<T>(link: Link, name: string, use: () => Promise<T>): Promise<T> {
  const { clock, random } = link.runtime;
  const giveUpAt = clock.now() + 10 * link.patienceMs;
  while (!(await declared(link, name))) {
    if (clock.now() > giveUpAt) throw away(link.name, `${name} is held by another`, false);
    await sleep(clock, 20 + 60 * random());
  }
  try {
    return await use();
  } finally {
    await link.using((channel) => channel.deleteQueue(name)).catch(() => {}); // went with the connection
  }
}

async function declared(link: Link, name: string): Promise<boolean> {
  try {
    await link.using((channel: Channel) => channel.assertQueue(name, { exclusive: true, durable: false, autoDelete: false }));
    return true;
  } catch (error) {
    if (codeOf(error) === 405) return false;
    throw error;
  }
}
