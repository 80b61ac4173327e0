import { type Rule, shown } from '../options/rules.ts';

/** What belongs to all tenants, and to none. */
export const everyTenant: unique symbol = Symbol.for('@tutti/core/every-tenant');

/** Whose things are meant: those of a tenant, or everybody's. Where it is asked for there is no default: it cannot be forgotten. */
export type TenantScope = string | typeof everyTenant;

export const tenantScope: Rule = (value) =>
  value === everyTenant || (typeof value === 'string' && value !== '')
    ? undefined
    : `must be the id of a tenant, or everyTenant, got ${shown(value)}`;
