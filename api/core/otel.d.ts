// @tutti/core/otel

import { Telemetry } from '@tutti/core';

export declare function otelTelemetry(): Telemetry;
