import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import type { RedisScripting } from '../../src/adapters/redis/scripting.ts';

export function connect(ports: readonly number[]): RedisScripting & { stop(): Promise<void>; readonly client: Redis | Cluster } {
  const make = (): Redis | Cluster =>
    ports.length === 1 ? new Redis({ port: ports[0] ?? 0 }) : new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })));
  const client = make();
  const listener = make();
  return {
    client,
    async run({ lua }, keys, args) {
      const sha = createHash('sha1').update(lua).digest('hex');
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        return client.eval(lua, keys.length, ...keys, ...args);
      }
    },
    subscribe(channel, ring) {
      const onMessage = (from: string): void => {
        if (from === channel) ring();
      };
      listener.on('message', onMessage);
      void listener.subscribe(channel).then(ring);
      return () => void listener.off('message', onMessage);
    },
    async stop() {
      client.disconnect();
      listener.disconnect();
    },
  };
}
