import { type ConfigStore, coreError, type InspectableAction } from '@tutti/core';

/** What can be done by hand to the routes in a store: go back to those before. */
export function routeActions(store: ConfigStore | undefined, key: string | undefined): readonly InspectableAction[] {
  if (!store || key === undefined) return [];
  return [
    {
      name: 'rollback-routes',
      destructive: true,
      async run({ target, actor }) {
        if (target !== key) throw coreError('INVALID_ARGUMENT', { path: 'target', problem: `must be '${key}', got '${target}'` });
        const [current, before] = await store.history(key, 2);
        if (!current || !before) throw coreError('INVALID_ARGUMENT', { path: 'target', problem: `has no earlier routes, got '${target}'` });
        const { revision } = await store.rollback(key, before.revision, actor);
        return { revision, wasRevision: before.revision };
      },
    },
  ];
}
