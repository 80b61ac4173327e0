import { createHash } from 'node:crypto';

/**
 * What the ids of a tenant's instances begin with. Of one length for all, so that no id of one tenant is an id of another, and made of what
 * ids may be made of, whatever tenants are called.
 */
export function tenantPrefix(tenant: string): string {
  return `t${createHash('sha256').update(tenant).digest('base64url').slice(0, 22)}:`;
}
