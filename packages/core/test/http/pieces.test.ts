import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usualHeadBytes } from '../../src/http/head-end.ts';
import { RequestReader } from '../../src/http/request-reader.ts';
import { ResponseReader } from '../../src/http/response-reader.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { mutatedAnswer } from './mutated-answers.ts';
import { mutatedRequest } from './mutated-requests.ts';
import { answerSink, readAnswer } from './read-answer.ts';
import { readRequest, requestSink } from './read-request.ts';
import { type ReadMessage, readBy } from './recording-sink.ts';

/** The reader of one message, and its sink. */
interface Begun {
  readonly reader: RequestReader | ResponseReader;
  onTold(then: () => void): void;
  over(): ReadMessage<unknown>;
}

interface Kind {
  /** What may come: messages as they are, and as they might be. */
  readonly message: (seed: number) => { readonly method: string; readonly text: string };
  begin(method: string): Begun;
  read(method: string, pieces: readonly string[]): ReadMessage<unknown>;
}

const answers: Kind = {
  message: (seed) => mutatedAnswer(seededRandom(seed)),
  begin(method) {
    const sink = answerSink();
    const reader = new ResponseReader(sink);
    reader.expect(method);
    return { reader, onTold: (then) => sink.onTold(then), over: () => readBy(reader, sink) };
  },
  read: readAnswer,
};

const requests: Kind = {
  message: (seed) => ({ method: '', ...mutatedRequest(seededRandom(seed)) }),
  begin() {
    const sink = requestSink();
    const reader = new RequestReader(sink, usualHeadBytes);
    reader.next();
    return { reader, onTold: (then) => sink.onTold(then), over: () => readBy(reader, sink) };
  },
  read: (_method, pieces) => readRequest(pieces),
};

const anyCuts = fc.array(fc.nat(400), { maxLength: 12 });

function cutAt(text: string, places: readonly number[]): string[] {
  const cuts = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b)];
  return cuts.map((from, index) => text.slice(from, cuts[index + 1])).filter((piece) => piece !== '');
}

/** A problem that shows earlier may be told in other words. */
const inEffect = <Shown>({ outcome, told, leftover, staysOpen }: ReadMessage<Shown>): object => ({ outcome, told, leftover, staysOpen });

describe.each([
  ['an answer', answers],
  ['a request', requests],
])('%s', (_what, { message, begin, read }) => {
  const anyMessage = fc.oneof(
    { weight: 9, arbitrary: fc.integer().map(message) },
    { weight: 1, arbitrary: fc.uint8Array().map((bytes) => ({ method: 'GET', text: Buffer.from(bytes).toString('latin1') })) },
  );

  it('is told of in the same way and leaves the same behind it, however its bytes are cut', () => {
    fc.assert(
      fc.property(anyMessage, anyCuts, ({ method, text }, cuts) => {
        const whole = inEffect(read(method, [text]));
        expect(inEffect(read(method, cutAt(text, cuts)))).toEqual(whole);
        expect(inEffect(read(method, [...text]))).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is told of in the same way to a sink that pauses now and then, and not while it is paused', () => {
    const anyTurns = fc.infiniteStream(fc.constantFrom('go on', 'pause', 'resume', 'pause and resume'));
    fc.assert(
      fc.property(anyMessage, anyCuts, anyTurns, ({ method, text }, cuts, turns) => {
        const { reader, onTold, over } = begin(method);
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
        onTold(() => {
          if (isPaused) toldWhilePaused++;
          turn();
        });
        for (const piece of cutAt(text, cuts)) {
          reader.read(Buffer.from(piece, 'latin1'));
          turn();
        }
        onTold(() => {});
        reader.resume();
        expect(inEffect(over())).toEqual(inEffect(read(method, [text])));
        expect(toldWhilePaused).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('requests on one connection', () => {
  /** All that is told of a connection on which each request is awaited at the end of the one before, or at the next turn. */
  function toldOf(pieces: readonly string[], isAtOnce: () => boolean): object {
    const sink = requestSink();
    const reader = new RequestReader(sink, usualHeadBytes);
    sink.onTold(({ kind }) => {
      if (kind === 'end' && isAtOnce()) reader.next();
    });
    reader.next();
    for (const piece of pieces) {
      reader.read(Buffer.from(piece, 'latin1'));
      while (reader.idle && sink.problem === '') reader.next();
    }
    return sink.told;
  }

  it('are told of in the same way, however their bytes are cut and whenever the next one is awaited', () => {
    const anyRequests = fc
      .array(fc.integer(), { minLength: 1, maxLength: 4 })
      .map((seeds) => seeds.map((seed) => requests.message(seed).text));
    fc.assert(
      fc.property(anyRequests, anyCuts, fc.infiniteStream(fc.boolean()), (texts, cuts, booleans) => {
        const text = texts.join('');
        const whole = toldOf([text], () => true);
        expect(toldOf(cutAt(text, cuts), () => booleans.next().value)).toEqual(whole);
        expect(toldOf([...text], () => false)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});
