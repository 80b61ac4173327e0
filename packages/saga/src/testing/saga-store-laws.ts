import { checkpointLaws } from './checkpoint-laws.ts';
import { claimLaws } from './claim-laws.ts';
import { creationLaws } from './creation-laws.ts';
import { deskLaws } from './desk-laws.ts';
import { lockLaws } from './lock-laws.ts';
import { outboxLaws } from './outbox-laws.ts';
import type { SagaStoreLaw } from './saga-store-subject.ts';

const number = ({ id }: SagaStoreLaw): number => Number.parseInt(id.slice(3), 10);

/** What every `SagaStore` promises, under the numbers of the contract; letters tell scenarios of one law apart. Run them with `checkLaws` from `@tutti/core/testing`. */
export const sagaStoreLaws: readonly SagaStoreLaw[] = [
  ...creationLaws,
  ...claimLaws,
  ...checkpointLaws,
  ...lockLaws,
  ...deskLaws,
  ...outboxLaws,
].sort((a, b) => number(a) - number(b) || a.id.localeCompare(b.id));
