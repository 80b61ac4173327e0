import type { Page } from '@tutti/core';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../../transport/dead-letters.ts';
import { copyOfStored } from '../../transport/json-copy.ts';
import type { MemoryLog } from './log.ts';

export function memoryDeadLetters(log: MemoryLog): DeadLetters {
  return {
    async list({ group, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
      const letters = [...log.deadLetters.values()].filter(
        (letter) => (group === undefined || letter.group === group) && Number(letter.id) > Number(after ?? 0),
      );
      const items = letters.slice(0, limit).map(({ logged, ...letter }): DeadLetter => ({ ...letter, event: copyOfStored(logged.event) }));
      const last = items.at(-1);
      return { items, ...(last && letters.length > limit && { next: last.id }) };
    },

    async replay(ids) {
      let replayed = 0;
      for (const id of ids) {
        const letter = log.deadLetters.get(id);
        const subscription = letter && log.find(letter.group, letter.pattern);
        if (!subscription) continue;
        log.deadLetters.delete(id);
        log.replay(letter.logged, subscription, id);
        replayed++;
      }
      return replayed;
    },

    async discard(ids) {
      return ids.filter((id) => log.deadLetters.delete(id)).length;
    },
  };
}
