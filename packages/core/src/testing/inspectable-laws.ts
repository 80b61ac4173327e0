import assert from 'node:assert/strict';
import type { Inspectable, InspectableResource } from '../ports/inspectable.ts';
import type { Law } from './laws.ts';

/** Something with at least three items in every one of its resources, that stands still while it is looked at. */
export interface InspectableSubject {
  readonly inspectable: Inspectable;
}

type Item = Readonly<Record<string, unknown>>;

/** Everything there is, in pages of `limit`. */
async function walk(resource: InspectableResource, limit: number): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await resource.list({ limit, ...(after !== undefined && { after }) });
    assert.ok(page.items.length <= limit, `${resource.name} gave ${page.items.length} items for a limit of ${limit}`);
    items.push(...page.items);
    if (page.next === undefined) return items;
    assert.notEqual(page.next, after, `${resource.name} goes in circles`);
    after = page.next;
  }
  return assert.fail(`${resource.name} has no last page`);
}

/** What every `Inspectable` promises. */
export const inspectableLaws: readonly Law<InspectableSubject>[] = [
  {
    id: 'IN-1',
    title: 'gives plain JSON objects, never more than were asked for',
    async run({ inspectable }) {
      for (const resource of inspectable.resources()) {
        const all = await walk(resource, 1_000);
        assert.ok(all.length >= 3, `the law needs at least three ${resource.name}`);
        assert.equal((await resource.list({ limit: 2 })).items.length, 2);
        assert.deepEqual(JSON.parse(JSON.stringify(all)), JSON.parse(JSON.stringify(structuredClone(all))));
      }
    },
  },
  {
    id: 'IN-2',
    title: 'shows the same in pages of any size, each thing once',
    async run({ inspectable }) {
      for (const resource of inspectable.resources()) {
        const all = await walk(resource, 1_000);
        for (const limit of [1, 2, all.length]) assert.deepEqual(await walk(resource, limit), all);
        assert.equal(new Set(all.map((item) => JSON.stringify(item))).size, all.length);
      }
    },
  },
  {
    id: 'IN-3',
    title: 'is not changed by being looked at, also by two at once',
    async run({ inspectable }) {
      for (const resource of inspectable.resources()) {
        const [one, two] = await Promise.all([walk(resource, 1), walk(resource, 2)]);
        assert.deepEqual(one, two);
      }
    },
  },
  {
    id: 'IN-4',
    title: 'has names that can be told apart in a URL',
    async run({ inspectable }) {
      const resources = inspectable.resources().map(({ name }) => name);
      const actions = inspectable.actions().map(({ name }) => name);
      for (const names of [[inspectable.feature], [...resources, 'actions'], actions]) {
        assert.equal(new Set(names).size, names.length);
        assert.ok(names.every((name) => name.trim() !== ''));
      }
    },
  },
];
