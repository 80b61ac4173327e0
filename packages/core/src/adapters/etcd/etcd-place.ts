import { coreError } from '../../errors/core-errors.ts';
import type { OptionRules } from '../../options/check-options.ts';
import { duration, objectWith, text } from '../../options/rules.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type EtcdConnection, type EtcdConnectionOptions, etcdConnection } from './etcd-connection.ts';
import { etcdHosts } from './etcd-hosts.ts';

/** Where the cluster is: `hosts`, with what else a connection is told, or a `connection`. */
export interface EtcdPlace extends Partial<Pick<EtcdConnectionOptions, 'hosts' | 'tls' | 'keyPrefix' | 'commandTimeout'>> {
  /** A connection of the caller's, who starts it before and stops it after. Its `keyPrefix` counts. */
  readonly connection?: EtcdConnection;
}

export const etcdPlaceRules: OptionRules<EtcdPlace>['optional'] & object = {
  hosts: etcdHosts,
  tls: objectWith('{ ca, cert, key }'),
  keyPrefix: text,
  commandTimeout: duration,
  connection: objectWith('an EtcdConnection', 'range', 'transact', 'watch', 'keyPrefix'),
};

/**
 * The connection to a place: that of the caller, or a new one, which whoever asked for it starts and stops.
 * @throws INVALID_OPTIONS naming the path.
 */
export function etcdPlace(path: string, place: EtcdPlace, runtime: Runtime): EtcdConnection {
  const { connection, hosts, tls, keyPrefix, commandTimeout } = place;
  if (connection !== undefined) {
    const besides = Object.entries({ hosts, tls, keyPrefix, commandTimeout }).find(([, value]) => value !== undefined);
    if (besides)
      throw coreError('INVALID_OPTIONS', { path: `${path}.${besides[0]}`, problem: 'is an option of the connection, which is given' });
    return connection;
  }
  if (hosts === undefined) throw coreError('INVALID_OPTIONS', { path, problem: 'must have hosts, or a connection' });
  return etcdConnection({
    hosts,
    ...(tls && { tls }),
    ...(keyPrefix !== undefined && { keyPrefix }),
    ...(commandTimeout !== undefined && { commandTimeout }),
    runtime,
  });
}
