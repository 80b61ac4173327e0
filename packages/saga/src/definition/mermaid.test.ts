import { defineEvents, event } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from './define-saga.ts';
import { mermaid } from './mermaid.ts';

const events = defineEvents({ 'trip.asked': event(z.object({ to: z.string() })) });
const begin = () => defineSaga(events, 'trip', { input: z.object({ to: z.string() }) });
const run = () => 1;
const compensate = () => 2;

/** Read by Mermaid 11 as 14 nodes; names are in the order of the graph. */
const drawing = `flowchart TD
  n0(["trip"])
  n1>"trip.asked"]
  n1 --> n0
  n2["flight"]
  n0 --> n2
  n2 -.->|undo| n0
  n3(("+"))
  n2 --> n3
  n4["hotel"]
  n3 --> n4
  n4 -.->|undo| n2
  n5["car"]
  n3 --> n5
  n6(("+"))
  n4 --> n6
  n5 --> n6
  n7{"far?"}
  n6 --> n7
  n8[("visa")]
  n7 -->|yes| n8
  n8 -.->|undo| n4
  n9[/"rest: 36 h"/]
  n8 --> n9
  n7 -->|no| n9
  n10["seat"]
  n9 --> n10
  n10 -.->|undo| n8
  n10 -.->|undo| n4
  n11{{"pay"}}:::pivot
  n10 --> n11
  n12("mail")
  n11 --> n12
  n13(["completed"])
  n12 --> n13
  classDef pivot stroke-width:4px
`;

describe('mermaid', () => {
  it('draws steps, the pivot, what runs side by side, ways, and the way back', () => {
    const saga = begin()
      .startOn('trip.asked', ({ data }) => data)
      .step('flight', { run, compensate })
      .parallel((both) => both.step('hotel', { run, compensate }).step('car', { run }))
      .when(
        'far',
        () => true,
        (way) => way.tx('visa', { run, compensate }),
      )
      .sleep('rest', '36h')
      .step('seat', { run, compensate })
      .pivot('pay', { run })
      .step('mail', { kind: 'retriable', run });
    expect(mermaid(saga.describe())).toBe(drawing);
  });

  it('goes back past what has no undo, to all that may have come before', () => {
    const saga = begin()
      .parallel((both) => both.step('a', { run }).step('b', { run }))
      .when(
        'w',
        () => true,
        (way) => way.step('c', { run, compensate }).step('d', { run, compensate }),
        (way) => way.step('e', { run, compensate }).sleep('rest', '1500ms'),
      )
      .step('f', { run, compensate });
    const lines = mermaid(saga.describe()).split('\n');
    const named = (id: string) => lines.map((line) => new RegExp(`^ *${id}\\W+([a-z]+)"`).exec(line)?.[1]).find((name) => name);
    const undos = lines.flatMap((line) => {
      const [, from, to] = /^ *(n\d+) -\.->\|undo\| (n\d+)$/.exec(line) ?? [];
      return from && to ? [`${named(from)} > ${named(to)}`] : [];
    });
    expect(undos).toEqual(['c > trip', 'd > c', 'e > trip', 'f > d', 'f > e']);
    expect(lines).toContain('  n9[/"rest: 1500 ms"/]');
  });

  it('draws a pivot in the database as a cylinder with the line of a pivot', () => {
    const lines = mermaid(begin().pivot('book', { tx: true, run }).describe()).split('\n');
    expect(lines).toContain('  n1[("book")]:::pivot');
  });

  it('writes a name as text, whatever is in it', () => {
    const [first] = begin().step('a', { run }).describe().nodes;
    const drawn = mermaid({
      ...begin().step('a', { run }).describe(),
      name: 'a"]; click <b> #\n',
      nodes: [{ ...(first as object), name: '–' } as never],
    });
    expect(drawn).toContain('n0(["a#34;#93;#59; click #60;b#62; #35;#10;"])');
    expect(drawn).toContain('["#8211;"]');
  });
});
