import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResponseReader } from '../../src/http/response-reader.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { mutatedAnswer } from './mutated-answers.ts';
import { type ReadAnswer, RecordingSink, readAnswer, readBy } from './read-answer.ts';

/** Whatever may come: answers as they are, as they might be, and anything else. */
const anyAnswer = fc.oneof(
  { weight: 9, arbitrary: fc.integer().map((seed) => mutatedAnswer(seededRandom(seed))) },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => ({ method: 'GET', text: Buffer.from(bytes).toString('latin1') })) },
);
const anyCuts = fc.array(fc.nat(400), { maxLength: 12 });

function cutAt(text: string, places: readonly number[]): string[] {
  const cuts = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b)];
  return cuts.map((from, index) => text.slice(from, cuts[index + 1])).filter((piece) => piece !== '');
}

/** A problem that shows earlier may be told in other words. */
const inEffect = ({ outcome, told, leftover, staysOpen }: ReadAnswer): unknown => ({ outcome, told, leftover, staysOpen });

it('an answer is told of in the same way and leaves the same behind it, however its bytes are cut', () => {
  fc.assert(
    fc.property(anyAnswer, anyCuts, ({ method, text }, cuts) => {
      const whole = inEffect(readAnswer(method, [text]));
      expect(inEffect(readAnswer(method, cutAt(text, cuts)))).toEqual(whole);
      expect(inEffect(readAnswer(method, [...text]))).toEqual(whole);
    }),
    { numRuns: 1_000 },
  );
});

it('a sink that pauses now and then is told the same, and nothing while it is paused', () => {
  const anyTurns = fc.infiniteStream(fc.constantFrom('go on', 'pause', 'resume', 'pause and resume'));
  fc.assert(
    fc.property(anyAnswer, anyCuts, anyTurns, ({ method, text }, cuts, turns) => {
      const sink = new RecordingSink();
      const reader = new ResponseReader(sink);
      let [isPaused, toldWhilePaused] = [false, 0];
      const turn = (): void => {
        const next = turns.next().value;
        if (next.startsWith('pause')) {
          isPaused = true;
          reader.pause();
        }
        if (next.endsWith('resume')) {
          isPaused = false;
          reader.resume();
        }
      };
      sink.onTold(() => {
        if (isPaused) toldWhilePaused++;
        turn();
      });
      reader.expect(method);
      for (const piece of cutAt(text, cuts)) {
        reader.read(Buffer.from(piece, 'latin1'));
        turn();
      }
      sink.onTold(() => {});
      reader.resume();
      expect(inEffect(readBy(reader, sink))).toEqual(inEffect(readAnswer(method, [text])));
      expect(toldWhilePaused).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
