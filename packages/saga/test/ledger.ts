import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One thing that was done to the world outside: who did it under which key. */
export interface Effect {
  readonly key: string;
  readonly what: 'do' | 'undo';
  readonly step: string;
}

/** The world outside: an append-only file that survives whoever writes to it. */
export class Ledger {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Durable when it returns, like an effect in a real service. */
  append(effect: Effect): void {
    const file = openSync(this.#path, 'a');
    writeSync(file, `${JSON.stringify(effect)}\n`);
    fsyncSync(file);
    closeSync(file);
  }

  /** As a service sees it that honours idempotency keys: the first of each key counts. */
  get effects(): readonly Effect[] {
    let text = '';
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch {
      return []; // nothing was ever done
    }
    const all = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Effect);
    return [...new Map(all.toReversed().map((effect) => [effect.key, effect])).values()].toReversed();
  }
}

/** What must hold of the effects of one ended saga whose second and third steps run side by side; returns what does not. */
export function broken(effects: readonly Effect[], status: string, steps: readonly string[], pivot: string): readonly string[] {
  const done = effects.filter(({ what }) => what === 'do').map(({ step }) => step);
  const undone = effects.filter(({ what }) => what === 'undo').map(({ step }) => step);
  const firstUndo = effects.findIndex(({ what }) => what === 'undo');
  const problems: string[] = [];
  if (status === 'completed') {
    if (undone.length > 0) problems.push(`completed, but ${undone} was undone`);
    if (steps.some((step) => !done.includes(step))) problems.push(`completed, but only ${done} was done`);
  } else if (status === 'compensated') {
    if (done.includes(pivot)) problems.push('compensated after its pivot');
    for (const step of done) if (!undone.includes(step)) problems.push(`${step} was done and never undone`);
    if (firstUndo >= 0 && effects.slice(firstUndo).some(({ what }) => what === 'do')) problems.push('a step was done after the first undo');
    const order = undone.map((step) => steps.indexOf(step)).map((index) => (index === 2 ? 1 : index)); // one unit
    if (order.some((index, position) => position > 0 && index > (order[position - 1] as number)))
      problems.push(`undone in the order ${undone}`);
  } else problems.push(`ended as ${status}`);
  return problems;
}
