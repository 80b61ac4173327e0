import { describe, expect, it } from 'vitest';
import { staticTenants } from './static-tenants.ts';

const acme = { id: 'acme', name: 'Acme', hosts: ['acme.example', 'www.acme.example'] };
const other = { id: 'other', name: 'Other', hosts: ['other.example'] };

describe('a static directory of tenants', () => {
  it('finds a tenant by id and by host, as DNS compares hosts, and nobody else', () => {
    const tenants = staticTenants([acme, other]);
    expect(tenants.byId('other')).toEqual(other);
    for (const host of ['acme.example', 'ACME.Example', 'acme.example.', 'acme.example:8443'])
      expect(tenants.byHost(host)?.id).toBe('acme');
    for (const host of ['', 'example', 'xacme.example', 'acme.example.evil', '__proto__']) expect(tenants.byHost(host)).toBeUndefined();
    expect(tenants.byId('constructor')).toBeUndefined();
  });

  it('is not changed by what is done to the list afterwards', () => {
    const hosts = ['acme.example'];
    const tenants = staticTenants([{ ...acme, hosts }]);
    hosts.push('evil.example');
    expect(tenants.byHost('evil.example')).toBeUndefined();
    expect(tenants.byId('acme')?.hosts).toEqual(['acme.example']);
  });

  it('refuses two tenants that cannot be told apart, and one that is not whole', () => {
    expect(() => staticTenants([acme, { ...other, id: 'acme' }])).toThrowError('staticTenants[1] shares its id or a host with acme');
    expect(() => staticTenants([acme, { ...other, hosts: ['WWW.ACME.example'] }])).toThrowError(
      'staticTenants[1] shares its id or a host with acme',
    );
    expect(() => staticTenants([{ ...acme, hosts: [''] }])).toThrowError(/^staticTenants\[0\]\.hosts\[0\] must be a non-empty string/);
  });
});
