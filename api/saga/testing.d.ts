// @tutti/saga/testing

import { Law, ManualClock } from '@tutti/core/testing';
import { SagaStore, SagaStoreCapabilities } from '@tutti/saga';

export interface SagaStoreSubject {
  readonly store: SagaStore;
  readonly clock: ManualClock;
}

export declare const sagaStoreLaws: readonly Law<SagaStoreSubject, SagaStoreCapabilities & Record<string, boolean>>[];
