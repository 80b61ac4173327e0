import type { CloudEvent } from '@tutti/core';
import type { FilterTest } from './compile-filter.ts';

/** Tests by dotted path, such as `{ 'data.total': { gt: 100 }, tenantid: 'acme' }`, or a function. */
export type EventFilter = Readonly<Record<string, FilterTest>> | ((event: CloudEvent) => boolean);
