import type { NodeDescription, SagaDescription, StepDescription } from './describe.ts';

/** Where a drawing goes on: the nodes that lead forward, with what is written on the way, and those an undo goes back to. */
interface Ends {
  readonly forward: readonly { readonly id: string; readonly says?: string }[];
  readonly back: readonly string[];
}

/**
 * A saga as a Mermaid flowchart, for a page or a pull request: time runs down, dashed arrows are the way back. A pivot is a hexagon
 * with a thick line, a `when` a diamond, a `tx` a cylinder, with a thick line when it is the pivot; a step after the pivot is rounded, and between two `+` all run side by side.
 */
export function mermaid(saga: SagaDescription): string {
  const lines: string[] = [];
  let count = 0;
  const node = (begin: string, label: string, end: string): string => {
    const id = `n${count++}`;
    lines.push(`${id}${begin}"${escaped(label)}"${end}`);
    return id;
  };
  const lead = ({ forward }: Ends, to: string): void => {
    for (const { id, says } of forward) lines.push(says === undefined ? `${id} --> ${to}` : `${id} -->|${says}| ${to}`);
  };

  const step = ({ name, role, undo, tx }: StepDescription, ends: Ends): Ends => {
    const [begin, end] = tx ? ['[(', ')]'] : role === 'pivot' ? ['{{', '}}'] : role === 'retriable' ? ['(', ')'] : ['[', ']'];
    const id = node(begin, name, role === 'pivot' ? `${end}:::pivot` : end);
    lead(ends, id);
    if (undo) for (const earlier of ends.back) lines.push(`${id} -.->|undo| ${earlier}`);
    return { forward: [{ id }], back: undo ? [id] : ends.back };
  };

  const draw = (ends: Ends, described: NodeDescription): Ends => {
    if (described.kind === 'step') return step(described, ends);
    if (described.kind === 'sleep') {
      const id = node('[/', `${described.name}: ${inWords(described.durationMs)}`, '/]');
      lead(ends, id);
      return { ...ends, forward: [{ id }] };
    }
    if (described.kind === 'parallel') {
      const fork = node('((', '+', '))');
      lead(ends, fork);
      const branches = described.steps.map((branch) => step(branch, { ...ends, forward: [{ id: fork }] }));
      const join = node('((', '+', '))');
      for (const branch of branches) lead(branch, join);
      const undoable = branches.filter((_, index) => described.steps[index]?.undo).flatMap(({ back }) => back);
      return { forward: [{ id: join }], back: undoable.length > 0 ? undoable : ends.back };
    }
    const id = node('{', `${described.name}?`, '}');
    lead(ends, id);
    const ways = [
      described.nodes.reduce(draw, { ...ends, forward: [{ id, says: 'yes' }] }),
      described.otherwise.reduce(draw, { ...ends, forward: [{ id, says: 'no' }] }),
    ];
    return { forward: ways.flatMap(({ forward }) => forward), back: [...new Set(ways.flatMap(({ back }) => back))] };
  };

  const begin = node('([', saga.name, '])');
  for (const type of saga.startsOn) lines.push(`${node('>', type, ']')} --> ${begin}`);
  const ends = saga.nodes.reduce(draw, { forward: [{ id: begin }], back: [begin] });
  lead(ends, node('([', 'completed', '])'));
  return ['flowchart TD', ...lines.map((line) => `  ${line}`), '  classDef pivot stroke-width:4px', ''].join('\n');
}

/** Whatever Mermaid could read as something else than text becomes the number of its character. */
const escaped = (label: string): string => label.replace(/[^\w .:?+-]/gu, (character) => `#${character.codePointAt(0)};`);

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

function inWords(ms: number): string {
  const unit = units.find(([, size]) => ms >= size && ms % size === 0);
  return unit ? `${ms / unit[1]} ${unit[0]}` : `${ms} ms`;
}
