import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SqlValue, Statement } from '../ports/write-set.ts';
import type { Outcome } from './apply-sets.ts';
import { packOutcomes, RequestPacker, RequestUnpacker, unpackOutcomes } from './packing.ts';
import type { WriterRequest } from './protocol.ts';

const value: fc.Arbitrary<SqlValue> = fc.oneof(fc.constant(null), fc.double({ noNaN: true }), fc.bigInt(), fc.string(), fc.uint8Array());
const statement: fc.Arbitrary<Statement> = fc
  .record({ sql: fc.string(), values: fc.array(value), expectedRows: fc.option(fc.nat(), { nil: undefined }) })
  .map(({ expectedRows, ...rest }) => (expectedRows === undefined ? rest : { ...rest, expectedRows }));
const request: fc.Arbitrary<WriterRequest> = fc.oneof(
  fc.array(statement),
  fc.record({ owner: fc.string(), steps: fc.array(fc.string()) }),
  fc.constant('close' as const),
);
const results = fc.array(
  fc.oneof(
    fc.record({ changes: fc.nat(), rows: fc.constant([]) }),
    fc.record({ changes: fc.nat(), rows: fc.array(fc.dictionary(fc.string(), value), { minLength: 1 }) }),
  ),
);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(results, fc.record({ refused: fc.constant('busy' as const), problem: fc.string() }));

describe('what goes between the threads', () => {
  it('comes out as it went in, request by request, over any number of messages', () => {
    fc.assert(
      fc.property(fc.array(fc.array(request)), (messages) => {
        const [packer, unpacker] = [new RequestPacker(), new RequestUnpacker()];
        for (const requests of messages) expect([...unpacker.unpack(packer.pack(requests))]).toEqual(requests);
      }),
    );
  });

  it('comes back as it went in', () => {
    fc.assert(fc.property(fc.array(outcome), (outcomes) => void expect(unpackOutcomes(packOutcomes(outcomes))).toEqual(outcomes)));
  });

  it('holds a text once, and forgets texts on both sides when they grow too many', () => {
    const [packer, unpacker] = [new RequestPacker(), new RequestUnpacker()];
    const set = (number: number): WriterRequest => [{ sql: `DELETE FROM t WHERE id = ${number}`, values: [] }];
    const sent = (number: number): unknown => {
      const packed = packer.pack([set(number)]);
      expect([...unpacker.unpack(packed)]).toEqual([set(number)]);
      return typeof packed[1];
    };
    expect([sent(0), sent(0)]).toEqual(['string', 'number']);
    for (let number = 1; number <= 2_500; number++) sent(number);
    expect([sent(0), sent(0), sent(2_500)]).toEqual(['string', 'number', 'number']);
  });
});
