import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { listOf, text } from '../options/rules.ts';
import type { Tenant, TenantDirectory } from '../ports/tenant-directory.ts';

/**
 * A directory of tenants that do not change while the process runs. Hosts are compared as DNS compares them, without regard to case; a port
 * or a dot at the end is not part of a host.
 *
 * @throws INVALID_OPTIONS naming the tenant: a member that is missing or empty, an id or a host that two tenants share.
 *
 * @example
 * ```ts
 * import { staticTenants } from '@tutti/core';
 *
 * const tenants = staticTenants([{ id: 'acme', name: 'Acme', hosts: ['acme.example', 'www.acme.example'] }]);
 * console.log(tenants.byHost('WWW.acme.example')?.id, tenants.byHost('evil.example')); // acme undefined
 * ```
 */
export function staticTenants(tenants: readonly Tenant[]): TenantDirectory {
  const byId = new Map<string, Tenant>();
  const byHost = new Map<string, Tenant>();
  for (const [index, given] of tenants.entries()) {
    const path = `staticTenants[${index}]`;
    const { id, name, hosts } = checkOptions(path, given, { required: { id: text, name: text, hosts: listOf(text) } });
    const tenant: Tenant = Object.freeze({ id, name, hosts: Object.freeze([...hosts]) });
    const other = byId.get(id) ?? hosts.map((host) => byHost.get(hostKey(host))).find(Boolean);
    if (other) throw coreError('INVALID_OPTIONS', { path, problem: `shares its id or a host with ${other.id}` });
    byId.set(id, tenant);
    for (const host of hosts) byHost.set(hostKey(host), tenant);
  }
  return Object.freeze({
    byId: (id: string) => byId.get(id),
    byHost: (host: string) => byHost.get(hostKey(host)),
  });
}

const hostKey = (host: string): string => host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
