// A process with an inspection server, for the tests of the command line: prints its address and serves until its input ends.
import { type AuditRecord, coreError, type Inspectable, type InspectableAction } from '@tutti/core';
import { inspectionServer } from '@tutti/core/inspect';

const titles = Array.from({ length: 250 }, (_title, index) => `Book ${String(index + 1).padStart(3, '0')}`);
titles[1] = 'Red \u001b[31mHerring\u202e \u{e0001}';

const copies: NonNullable<InspectableAction['details']> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'object' && value !== null && 'copies' in value
        ? { value }
        : { issues: [{ message: 'is missing', path: ['copies'] }] },
    ...{ jsonSchema: { input: () => ({ type: 'object', properties: { copies: { type: 'integer' } } }) } },
  },
};

const library: Inspectable = {
  feature: 'library',
  resources: () => [
    {
      name: 'old books',
      async list({ limit, after }) {
        const from = Number(after ?? 0);
        const items = titles.slice(from, from + limit).map((title, index) => ({ id: from + index + 1, title, shelf: { room: 2 } }));
        return { items, ...(from + limit < titles.length && { next: String(from + limit) }) };
      },
    },
    { name: 'lost', list: async () => ({ items: [] }) },
  ],
  actions: () => [
    { name: 'burn', destructive: true, run: async ({ target, actor }) => ({ burnt: target, by: actor }) },
    { name: 'order', destructive: false, details: copies, run: async ({ details }) => ({ details }) },
    {
      name: 'lend',
      destructive: false,
      run: async () => {
        throw coreError('STORE_UNAVAILABLE', { store: 'library', problem: 'the door is locked' });
      },
    },
  ],
};

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const token = process.argv[2];
const server = inspectionServer({
  inspectables: [library],
  audit: { record: async (record: AuditRecord) => write({ record }) },
  ...(token !== undefined && { token }),
});
await server.start();
write({ url: server.url });
process.stdin.on('end', () => void server.stop()).resume();
