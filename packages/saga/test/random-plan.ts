import fc from 'fast-check';

/** How a generated step behaves: it fails for a moment so many times, then does its work or refuses for good. */
export interface StepPlan {
  readonly flaky: number;
  readonly refuses: boolean;
  readonly undoFlaky: number;
  /** Its effect is in the database of the store, where there is one. */
  readonly tx: boolean;
  /** Has no effect and no intent. */
  readonly pure: boolean;
}

export type NodePlan =
  | { readonly kind: 'step'; readonly step: StepPlan }
  | { readonly kind: 'parallel'; readonly steps: readonly StepPlan[] }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'when'; readonly taken: boolean; readonly nodes: readonly NodePlan[]; readonly otherwise: readonly NodePlan[] };

export interface SagaPlan {
  readonly before: readonly NodePlan[];
  /** Its step, and what comes after it. */
  readonly pivot?: { readonly step: StepPlan; readonly after: readonly NodePlan[] };
}

const step: fc.Arbitrary<StepPlan> = fc.record({
  flaky: fc.nat(2),
  refuses: fc.nat(11).map((drawn) => drawn === 0),
  undoFlaky: fc.nat(2),
  tx: fc.nat(3).map((drawn) => drawn === 0),
  pure: fc.nat(5).map((drawn) => drawn === 0),
});

const leaf: fc.Arbitrary<NodePlan> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('step' as const), step }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('parallel' as const), steps: fc.array(step, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sleep' as const), ms: fc.constantFrom(20, 900, 5_000, 3_600_000) }) },
);

const branchOf = (inner: fc.Arbitrary<NodePlan>): fc.Arbitrary<NodePlan> =>
  fc.record({
    kind: fc.constant('when' as const),
    taken: fc.boolean(),
    nodes: fc.array(inner, { minLength: 1, maxLength: 3 }),
    otherwise: fc.array(inner, { maxLength: 2 }),
  });

/** Ways inside of ways, two deep. */
const node = fc.oneof(
  { weight: 5, arbitrary: leaf },
  { weight: 1, arbitrary: branchOf(fc.oneof({ weight: 4, arbitrary: leaf }, branchOf(leaf))) },
);

export const sagaPlans: fc.Arbitrary<SagaPlan> = fc.record(
  { before: fc.array(node, { minLength: 1, maxLength: 4 }), pivot: fc.record({ step, after: fc.array(node, { maxLength: 3 }) }) },
  { requiredKeys: ['before'] },
);

/** The steps that a saga comes to, if none refuses, in the order of the graph. */
function stepsOn(nodes: readonly NodePlan[]): readonly StepPlan[] {
  return nodes.flatMap((one): readonly StepPlan[] => {
    if (one.kind === 'step') return [one.step];
    if (one.kind === 'parallel') return one.steps;
    return one.kind === 'when' ? stepsOn(one.taken ? one.nodes : one.otherwise) : [];
  });
}

/** What a plan must come to: how it ends, how often it stands still before, and what is left of its effects. */
export function expectedOf({ before, pivot }: SagaPlan): {
  readonly status: 'completed' | 'compensated';
  readonly stuck: number;
  readonly sum: number;
} {
  const early = [...stepsOn(before), ...(pivot ? [pivot.step] : [])];
  if (early.some(({ refuses }) => refuses)) return { status: 'compensated', stuck: 0, sum: 0 };
  const late = stepsOn(pivot?.after ?? []);
  const all = [...early.map((one) => one !== pivot?.step && one.pure), ...late.map(({ pure }) => pure)];
  return { status: 'completed', stuck: late.some(({ refuses }) => refuses) ? 1 : 0, sum: all.filter((pure) => !pure).length };
}
