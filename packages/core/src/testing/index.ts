export { type ManualClock, manualClock } from '../runtime/manual-clock.ts';
export { type CrashPoint, type CrashPointDatabase, crashPoints } from './crash-points.ts';
export { eventually } from './eventually.ts';
export { FakeVault, type FakeVaultRequest, type FakeVaultWeather, fakeVault } from './fake-vault.ts';
export { checkLaws, type Law, type MakeSubject, type TestFunction, withCode } from './laws.ts';
export { type LayerSubject, layerLaws } from './layer-laws.ts';
export { type SecretSubject, secretLawNames, secretSourceLaws } from './secret-source-laws.ts';
export { sqliteLaws } from './sqlite-laws.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
