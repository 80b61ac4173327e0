import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { jsonLogger } from '../runtime/logger.ts';
import { Secret } from './secret.ts';

const canary = 'canary-4711';

describe('Secret', () => {
  const secret = Secret.of(canary);

  it('gives its text to who asks for it', () => {
    expect(secret.reveal()).toBe(canary);
  });

  it('shows itself nowhere else', () => {
    const lines: string[] = [];
    jsonLogger('debug', (line) => lines.push(line)).log('info', `with ${secret}`, {
      secret,
      nested: { list: [secret] },
      error: new Error(String(secret)),
    });
    const shown = [
      ...lines,
      inspect({ secret }, { showHidden: true, depth: 9, showProxy: true, customInspect: false }),
      inspect(secret),
      JSON.stringify({ secret }),
      String(secret),
      `${secret}`,
      `${[secret]}`,
      Object.entries(secret).join(),
      JSON.stringify(structuredClone(secret)),
      serialize(secret).toString('latin1'),
      JSON.stringify({ ...secret }),
    ];
    expect(shown.filter((text) => text.includes(canary))).toEqual([]);
    expect([inspect(secret), JSON.stringify(secret), `${secret}`]).toEqual(['[secret]', '"[secret]"', '[secret]']);
    expect(JSON.stringify({ canary })).toContain(canary); // the control: a plain text is found by the same means
  });

  it('gives one part of a secret that is a JSON object', () => {
    const login = Secret.of({ username: 'app', port: 5432, '': 'empty' });
    expect([login.reveal('username'), login.reveal('port'), login.reveal('')]).toEqual(['app', '5432', 'empty']);
    expect(login.reveal()).toBe('{"username":"app","port":5432,"":"empty"}');
  });

  it.each([
    [canary, 'password'],
    [`{"pass": "${canary}"`, 'pass'],
    [`["${canary}"]`, '0'],
    [`"${canary}"`, 'length'],
    ['null', 'password'],
    [`{"user":"${canary}"}`, 'password'],
    [`{"user":"${canary}"}`, 'toString'],
  ])('says that %s has no part %s, and shows nothing of it', (text, field) => {
    const thrown = (): unknown => {
      try {
        return Secret.of(text).reveal(field);
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ code: 'INVALID_DATA', details: { path: `secret.${field}` } });
    expect(inspect(thrown(), { showHidden: true })).not.toContain(canary);
  });

  it('is compared by its text', () => {
    expect([secret.equals(Secret.of(canary)), secret.equals(Secret.of(`${canary} `)), secret.equals(Secret.of(''))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
