import type { Random } from '../../src/runtime/random.ts';
import { type Answer, validAnswer } from './answers.ts';
import { mutated } from './mutations.ts';

const lines: readonly string[] = ['HTTP/1.1 200 OK', 'HTTP/1.1 103 Early\r\n', 'HTTP/1.1 150 ?\r\n'];

const before: readonly string[] = [
  '\r\n',
  'HTTP/1.0 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 150 ?\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 150 ?\r\nTransfer-Encoding: chunked\r\n\r\n',
];

/** An answer with something done to it. */
export function mutatedAnswer(random: Random): Answer {
  const { method, text } = validAnswer(random);
  return { method, text: mutated(random, text, { lines, before, another: () => validAnswer(random).text }) };
}
