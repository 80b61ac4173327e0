import { coreError } from '../../errors/core-errors.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { RedisArgument, RedisReply } from './redis-client.ts';

/**
 * Refuses a server that throws keys away when its memory is full: a lease or a fence that vanishes is held twice.
 * @throws STORE_UNSUPPORTED
 */
export async function checkEviction(
  send: (name: string, ...args: RedisArgument[]) => Promise<RedisReply>,
  store: string,
  { logger }: Runtime,
): Promise<void> {
  let info: string;
  try {
    info = String(await send('INFO', 'memory'));
  } catch (error) {
    logger.log('warn', `${store} does not say whether it evicts keys`, { error });
    return;
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  const bounded = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0) > 0;
  if (bounded && policy !== 'noeviction') {
    throw coreError('STORE_UNSUPPORTED', {
      store,
      problem: `its maxmemory-policy is ${policy}, so it may throw away what must be kept; set noeviction, or accept it by eviction: 'accept'`,
    });
  }
}
