import { coreError, listOf, objectWith, shown, text } from '@tutti/core';

/** What each role may do, by names that the application chooses: `{ editor: ['documents:read', 'documents:write'] }`. */
export type RolePermissions = Readonly<Record<string, readonly string[]>>;

/** Roles and what they give. A role comes out of a token, so it may be called anything, `__proto__` too. */
export class Grants {
  readonly #byRole: ReadonlyMap<string, ReadonlySet<string>>;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(given: RolePermissions, path: string) {
    const problem = objectWith('an object')(given) ?? (Array.isArray(given) ? `must be an object, got ${shown(given)}` : undefined);
    if (problem) throw coreError('INVALID_OPTIONS', { path, problem });
    for (const [role, permissions] of Object.entries(given)) {
      const wrong = listOf(text)(permissions);
      if (wrong) throw coreError('INVALID_OPTIONS', { path: `${path}['${role}']`, problem: wrong });
    }
    this.#byRole = new Map(Object.entries(given).map(([role, permissions]) => [role, new Set(permissions)]));
  }

  /** Whether any of the roles gives the permission. */
  give(roles: readonly string[], permission: string): boolean {
    return roles.some((role) => this.#byRole.get(role)?.has(permission) === true);
  }

  /** Whether there is a role that does. */
  know(permission: string): boolean {
    return [...this.#byRole.values()].some((permissions) => permissions.has(permission));
  }
}
