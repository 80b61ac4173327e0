export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly string[];
}

/** Knows the tenants. Answers from what it last heard; unknown is undefined, never another tenant. */
export interface TenantDirectory {
  byId(id: string): Tenant | undefined;
  byHost(host: string): Tenant | undefined;
}
