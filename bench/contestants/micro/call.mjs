// What one derived call costs, made from a call that carries a deadline, an attempt, a tenant, a trace and a signal.
const made = { last: undefined };
/** Each result is kept, so that making it cannot be left out. */
const sync = (derive) => ({
  run: (n) => {
    for (let i = 0; i < n; i++) made.last = derive(i);
  },
  check: () => {
    if (made.last === undefined) throw new Error('nothing was made');
  },
});
const fields = { attempt: 1, tenant: 'acme', principal: 'ada', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, correlationId: 'c', idempotencyKey: 'k' };

export default [
  { name: 'object spread', setup: async () => sync((i) => ({ ...fields, deadline: i })) },
  {
    name: 'object spread + own AbortController',
    setup: async () => sync((i) => ({ ...fields, deadline: i, controller: new AbortController() })),
  },
  {
    name: 'object spread + AbortSignal.any',
    setup: async () => {
      const parent = new AbortController();
      return sync((i) => ({ ...fields, deadline: i, signal: AbortSignal.any([parent.signal, new AbortController().signal]) }));
    },
  },
  {
    name: 'object spread + AbortSignal.timeout',
    setup: async () => sync((i) => ({ ...fields, deadline: i, signal: AbortSignal.timeout(1_000) })),
  },
];
