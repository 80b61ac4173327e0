export { type ManualClock, type ManualClockOptions, manualClock } from '../runtime/manual-clock.ts';
export { type BreakerCapabilities, type BreakerSubject, breakerLaws } from './breaker-laws.ts';
export { type ClockCapabilities, type ClockSubject, clockLaws } from './clock-laws.ts';
export { type ConfigStoreSubject, configStoreLaws } from './config-store-laws.ts';
export { type CrashPoint, type CrashPointDatabase, crashPoints } from './crash-points.ts';
export { type CrashSweep, type CrashSweepOptions, crashSweepDefaults, sweepCrashPoints } from './crash-sweep.ts';
export { crashingDatabase } from './crashing-database.ts';
export { eventually } from './eventually.ts';
export { FakeVault, type FakeVaultRequest, type FakeVaultWeather, fakeVault } from './fake-vault.ts';
export { type FatalWrites, fatalWrites } from './fatal-writes.ts';
export { atFullSize, faultScale } from './fault-scale.ts';
export {
  type AsyncMethod,
  type Fault,
  type FaultList,
  type FaultSeed,
  type Faulty,
  type FaultyOptions,
  faulty,
  faultyDefaults,
  type PlayedFault,
} from './faulty.ts';
export { type InspectableSubject, inspectableLaws } from './inspectable-laws.ts';
export { type KeyValueSubject, keyValueLaws } from './key-value-laws.ts';
export { checkLaws, type Law, type LawSubject, type MakeSubject, type TestFunction, withCode } from './laws.ts';
export { type LayerSubject, layerLaws } from './layer-laws.ts';
export { type LeaseSubject, leaseLaws } from './lease-laws.ts';
export { missingTool } from './missing-tool.ts';
export { type RateLimiterCapabilities, type RateLimiterSubject, rateLimiterLaws } from './rate-limiter-laws.ts';
export { type SecretCapabilities, type SecretSubject, secretLawNames, secretSourceLaws } from './secret-source-laws.ts';
export { type Latency, type LinkConditions, linkDefaults, longTailLatency, uniformLatency } from './simulation/link.ts';
export { type NetworkLink, type SimulatedNetwork, type SimulatedNetworkOptions, simulatedNetwork } from './simulation/network.ts';
export type { NodeFace, NodeLife, NodeProgram } from './simulation/node.ts';
export { pinnedSeeds, pinSeed } from './simulation/seed-pins.ts';
export { type SimulateOptions, type SimulationReport, simulate, simulateDefaults } from './simulation/simulate.ts';
export type { SimulatedFaults, Simulation } from './simulation/simulation.ts';
export { type SqliteSubject, sqliteLaws } from './sqlite-laws.ts';
export { type TcpFaultProxy, type TcpFaultProxyOptions, tcpFaultProxy } from './tcp/tcp-fault-proxy.ts';
export type { StreamFaults, TcpFaults } from './tcp/tcp-faults.ts';
export { type TestRuntime, testRuntime } from './test-runtime.ts';
export { type ThrottleSubject, throttleLaws } from './throttle-laws.ts';
export { Crew } from './trial/crew.ts';
export { type LogLine, logLines, MemberLog } from './trial/member-log.ts';
export { cutLines, type Strike, strikeAtRandom, untilItIsSo } from './trial/strikes.ts';
export type { FakeAnswer } from './vault/answers.ts';
export type { DatabaseRole } from './vault/leases.ts';
export type { FakeAppRole } from './vault/logins.ts';
export type { PolicyRules } from './vault/policies.ts';
export type { TokenRole } from './vault/tokens.ts';
