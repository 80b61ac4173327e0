export { manualClock, type ManualClock } from '../runtime/manual-clock.ts';
export { eventually } from './eventually.ts';
export { type LayerSubject, layerLaws } from './layer-laws.ts';
export { checkLaws, type Law, type MakeSubject, type TestFunction, withCode } from './laws.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
