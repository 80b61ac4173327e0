import { describe, expect, it } from 'vitest';
import { changesetProblems } from './changesets.ts';

const manifest = (name: string, rest: object = {}) => ({ path: `packages/${name}/package.json`, text: JSON.stringify({ name, ...rest }) });
const config = (...names: string[]) => ({ path: '.changeset/config.json', text: JSON.stringify({ fixed: [names] }) });
const change = (text: string) => ({ path: '.changeset/change.md', text });

describe('the changesets', () => {
  it('name published packages and say something', () => {
    const house = [manifest('core'), manifest('examples', { private: true }), config('core')];
    expect(changesetProblems([...house, change("---\n'core': minor\n---\n\nSings.\n")])).toEqual([]);
    expect(changesetProblems([...house, change("---\n'examples': minor\n---\n\nSings.\n")])).toEqual([
      '.changeset/change.md names examples, which is not published',
    ]);
    expect(changesetProblems([...house, change("---\n'core': minor\n---\n")])).toEqual([
      '.changeset/change.md has no packages, or says nothing about the change',
    ]);
  });

  it('version all packages together', () => {
    expect(changesetProblems([manifest('core'), manifest('mesh'), config('core', 'gone')])).toEqual([
      '.changeset/config.json does not version mesh with the others',
      '.changeset/config.json names gone, which is not published',
    ]);
  });
});
