/** Paths, of which the last character may be `*`, and what may be done there. */
export type PolicyRules = Readonly<Record<string, readonly string[]>>;

/** What Vault's own `default` policy allows of the paths that the fake has. It does not allow `sys/leases/revoke`. */
export const defaultPolicy: PolicyRules = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'auth/token/revoke-self': ['update'],
  'sys/leases/renew': ['update'],
  'sys/leases/lookup': ['update'],
};

/** The longest matching path of each policy counts, and `deny` wins. */
export function allows(policies: readonly PolicyRules[], capability: string, path: string): boolean {
  const found = policies.flatMap((rules) => {
    const [best] = Object.keys(rules)
      .filter((rule) => (rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path))
      .toSorted((a, b) => b.length - a.length);
    return best === undefined ? [] : (rules[best] ?? []);
  });
  return !found.includes('deny') && found.includes(capability);
}

export function capabilityOf(method: string): string {
  return method === 'GET' ? 'read' : method === 'LIST' ? 'list' : method === 'DELETE' ? 'delete' : 'update';
}
