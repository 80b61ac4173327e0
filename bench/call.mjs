// What a derived call costs.  Candidate: { call: [{ name, setup }] }, see lib/micro-child.mjs.
import { cli } from './lib/cli.mjs';
import { micro } from './lib/micro.mjs';
await micro({ area: 'call', title: 'Call, one derived call', baseline: 'object spread', opts: cli({ rounds: 3, seconds: 0.5 }) });
