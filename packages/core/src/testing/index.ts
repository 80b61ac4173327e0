export { type ManualClock, manualClock } from '../runtime/manual-clock.ts';
export { type CrashPoint, type CrashPointDatabase, crashPoints } from './crash-points.ts';
export { eventually } from './eventually.ts';
export { faultScale } from './fault-scale.ts';
export { checkLaws, type Law, type MakeSubject, type TestFunction, withCode } from './laws.ts';
export { type LayerSubject, layerLaws } from './layer-laws.ts';
export { missingTool } from './missing-tool.ts';
export { sqliteLaws } from './sqlite-laws.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
