import { expect, it } from 'vitest';
import { ownText } from './own-text.ts';

it.each(['a', 'ключ 🪣', 'x'.repeat(1_024), '\0'])('the copy of %j is the same text', (text) => {
  expect(ownText(text)).toBe(text);
});
