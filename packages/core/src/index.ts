export { readBaggage, writeBaggage } from './call/baggage.ts';
export { Call, type CallFields, type CancelListener, type RootFields } from './call/call.ts';
export { type CallAttributes, readCallAttributes, writeCallAttributes } from './call/call-attributes.ts';
export { callHeaders, readCallHeaders, readResultHeaders, writeCallHeaders, writeResultHeaders } from './call/call-headers.ts';
export { readCallAmqp, readCallKafka, writeCallAmqp, writeCallKafka } from './call/call-messages.ts';
export { currentCall, runWithCall } from './call/current-call.ts';
export { pause } from './call/pause.ts';
export { type CoreErrors, coreError, coreErrors } from './errors/core-errors.ts';
export { type DetailsOf, defineErrors, type ErrorFactory } from './errors/define-errors.ts';
export { failureClass, isNotBegun, isTargetFailure } from './errors/failure.ts';
export { messageOf } from './errors/message-of.ts';
export { TerminalError } from './errors/terminal-error.ts';
export { type ErrorSpec, type FailureClass, TuttiError } from './errors/tutti-error.ts';
export { checkData, checkDataNow } from './events/check-data.ts';
export type { CloudEvent } from './events/cloud-event.ts';
export {
  type DataOf,
  defineEvents,
  type EventCatalogue,
  type EventDefinition,
  type EventOf,
  type EventOptions,
  type EventPattern,
  type EventType,
  event,
  type MatchingTypes,
  type Upcast,
  type Upcasts,
} from './events/event-catalogue.ts';
export { compose } from './handler/compose.ts';
export type { AnyLayer, Handler, Layer } from './handler/handler.ts';
export { checkRateLimit } from './keyed/check-take.ts';
export { type ConfigLimits, configLimitsDefaults } from './keyed/config-entries.ts';
export { type LeaderOptions, leader, leaderDefaults } from './keyed/leader.ts';
export {
  type LeasedRateLimiter,
  type LeasedRateLimiterOptions,
  leasedRateLimiter,
  leasedRateLimiterDefaults,
} from './keyed/leased-rate-limiter.ts';
export { type MemoryConfigStoreOptions, memoryConfigStore } from './keyed/memory-config-store.ts';
export { type MemoryKeyValueOptions, memoryKeyValue, memoryKeyValueDefaults } from './keyed/memory-key-value.ts';
export { memoryLease } from './keyed/memory-lease.ts';
export {
  type MemoryRateLimiter,
  type MemoryRateLimiterOptions,
  memoryRateLimiter,
  memoryRateLimiterDefaults,
} from './keyed/memory-rate-limiter.ts';
export { staticTenants } from './keyed/static-tenants.ts';
export { type Component, type ComponentEvents, type ComponentState, component, type Hooks } from './lifecycle/component.ts';
export { type Health, type HealthStatus, worst } from './lifecycle/health.ts';
export { type Observable, type Observers, observers } from './lifecycle/observers.ts';
export type { Dependent } from './lifecycle/plan-parts.ts';
export { type RunUntilSignalOptions, runUntilSignal, runUntilSignalDefaults } from './lifecycle/run-until-signal.ts';
export { type SystemOptions, system, systemDefaults } from './lifecycle/system.ts';
export { checkOptions, type OptionRules } from './options/check-options.ts';
export { type Duration, durationMs } from './options/duration.ts';
export {
  anyOf,
  callable,
  duration,
  finiteNumber,
  flag,
  listOf,
  matching,
  objectWith,
  oneOf,
  type Rule,
  shown,
  text,
  wellFormedText,
  wholeNumber,
} from './options/rules.ts';
export {
  type Admission,
  type AdmissionOptions,
  admission,
  admissionDefaults,
} from './policy/admission/admission.ts';
export type { AdmissionClass } from './policy/admission/admission-class.ts';
export { type AdmissionCounts, type AdmissionGate, type AdmissionTicket, noPlace } from './policy/admission/admission-gate.ts';
export { type GradientLimitOptions, gradientLimit, gradientLimitDefaults } from './policy/admission/gradient-limit.ts';
export type { AdmissionOutcome, ConcurrencyLimit, LimitPolicy } from './policy/admission/limit-policy.ts';
export { type LoadReport, readLoadHeader, writeLoadHeader } from './policy/admission/load-header.ts';
export {
  type LoadReporter,
  type LoadReporterOptions,
  loadReporter,
  loadReporterDefaults,
} from './policy/admission/load-reporter.ts';
export type { AdmissionWaiter } from './policy/admission/waiting.ts';
export { type Backoff, type ExponentialOptions, exponential, exponentialDefaults } from './policy/backoff.ts';
export type { Breaker, BreakerChange, BreakerState } from './policy/breaker/breaker.ts';
export { BreakerMachine, type BreakerSettings, refused, type Ticket } from './policy/breaker/breaker-machine.ts';
export { type BreakerOptions, breaker, breakerDefaults } from './policy/breaker/circuit-breaker.ts';
export {
  consecutiveFailures,
  type FailureRateOptions,
  failureRate,
  failureRateDefaults,
  type Tally,
  type TripPolicy,
} from './policy/breaker/trip.ts';
export { type Bulkhead, type BulkheadOptions, bulkhead, bulkheadDefaults } from './policy/bulkhead/bulkhead.ts';
export { Places, type Priority } from './policy/bulkhead/places.ts';
export { type FallbackOptions, fallback } from './policy/fallback.ts';
export type { AttemptGuard } from './policy/guarded.ts';
export { type HedgeOptions, hedge, hedgeDefaults } from './policy/hedge.ts';
export { type LoggedOptions, logged, loggedDefaults } from './policy/logged.ts';
export { durationMetric, type MeteredOptions, metered } from './policy/metered.ts';
export { type Protection, type ProtectOptions, protect, protectAttempts } from './policy/protect.ts';
export { isRetryable, type RetryOptions, retry, retryDefaults } from './policy/retry.ts';
export { type RetryBudget, type RetryBudgetOptions, retryBudget, retryBudgetDefaults } from './policy/retry-budget.ts';
export { type SingleFlightOptions, singleFlight } from './policy/single-flight.ts';
export { type ThrottleOptions, throttle, throttleDefaults } from './policy/throttle/pacing-throttle.ts';
export type { Throttle } from './policy/throttle/throttle.ts';
export { type TimeoutOptions, timeout } from './policy/timeout.ts';
export { type TracedOptions, traced, tracedDefaults } from './policy/traced.ts';
export type { AuditRecord, AuditSink } from './ports/audit-sink.ts';
export type { ConfigEntry, ConfigStore } from './ports/config-store.ts';
export type { Durability, DurabilityWarning } from './ports/durability.ts';
export type { Endpoint, EndpointRef } from './ports/endpoint.ts';
export type { EndpointLease, EndpointLeaser, LeaseHints, LeaseOutcome, RequestHeaders } from './ports/endpoint-leaser.ts';
export type { EndpointRegistration, EndpointRegistry } from './ports/endpoint-registry.ts';
export type { EndpointChange, EndpointSource } from './ports/endpoint-source.ts';
export type { EventDraft, EventDraftOf, EventPublisher, EventSubscriber, Published } from './ports/event-bus.ts';
export type { FlagContext, FlagReader } from './ports/flag-reader.ts';
export {
  type DispatchController,
  type DispatchHandler,
  type DispatchRequest,
  type HttpDispatcher,
  isTransportFailure,
  isUnsendable,
} from './ports/http-dispatcher.ts';
export { httpOrigin } from './ports/http-origin.ts';
export { isIdempotentMethod } from './ports/idempotent-method.ts';
export type { ActionInput, Inspectable, InspectableAction, InspectableResource, Page, PageRequest } from './ports/inspectable.ts';
export type { KeyValue } from './ports/key-value.ts';
export type { HeldLease, Lease } from './ports/lease.ts';
export type { MetricQuery, MetricSample } from './ports/metrics.ts';
export type { OutcomeDelta, OutcomeStream } from './ports/outcome-stream.ts';
export { mergeOutcomes, noOutcomes, type OutcomeSum, type OutcomeTotals, sumOutcomes } from './ports/outcome-totals.ts';
export type { Probe, Prober } from './ports/prober.ts';
export type { RateLimit, RateLimiter, RateLimitVerdict } from './ports/rate-limiter.ts';
export { type ResourceRow, resourceById } from './ports/resource-by-id.ts';
export { Secret } from './ports/secret.ts';
export type { SecretSource } from './ports/secret-source.ts';
export type { ServiceCaller, ServiceRequest, ServiceResponse } from './ports/service-caller.ts';
export type { Tenant, TenantDirectory } from './ports/tenant-directory.ts';
export { everyTenant, type TenantScope, tenantScope } from './ports/tenant-scope.ts';
export type {
  TrafficControl,
  TrafficMatch,
  TrafficPlan,
  TrafficRevision,
  TrafficRule,
  TrafficUnit,
} from './ports/traffic-control.ts';
export type { SqlValue, Statement, WriteSet } from './ports/write-set.ts';
export type { Clock, Timer } from './runtime/clock.ts';
export { type ConsoleLoggerOptions, consoleLogger, consoleLoggerDefaults } from './runtime/console-logger.ts';
export { type Deadline, type DeadlineWheel, deadlineWheel } from './runtime/deadline-wheel.ts';
export { type EventLoopMonitor, type EventLoopSample, eventLoopMonitor } from './runtime/event-loop.ts';
export { Fifo } from './runtime/fifo.ts';
export { fnv1a } from './runtime/fnv1a.ts';
export { newId, newTraceparent } from './runtime/id.ts';
export { jsonLogger, type LogFields, type Logger, type LogLevel, silentLogger } from './runtime/logger.ts';
export { type ManualClock, type ManualClockOptions, manualClock, manualClockDefaults } from './runtime/manual-clock.ts';
export { type Random, seededRandom, systemRandom } from './runtime/random.ts';
export { realClock } from './runtime/real-clock.ts';
export { type Repeating, repeat } from './runtime/repeat.ts';
export { type Place, Roster } from './runtime/roster.ts';
export { defaultRuntime, type Runtime } from './runtime/runtime.ts';
export { sleep } from './runtime/sleep.ts';
export { type StallWatch, stallWatch } from './runtime/stall-watch.ts';
export { Stamps } from './runtime/stamps.ts';
export {
  type MetricLabels,
  type MetricSink,
  type Span,
  type SpanKind,
  type SpanStart,
  type SpanValue,
  silentTelemetry,
  type Telemetry,
  type Tracer,
} from './runtime/telemetry.ts';
