import { describe, expect, it } from 'vitest';
import { keepEnds } from '../../../../src/domain/text/keep-ends.js';

describe('keepEnds', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefgh', 4, 'ab\n[… 4 characters left out …]\ngh'],
    ['abc', 1, '\n[… 3 characters left out …]\n'],
    ['abc', 0, '\n[… 3 characters left out …]\n'],
  ])('of %s within %i: %j', (text, limit, kept) => {
    expect(keepEnds(text, limit)).toBe(kept);
  });
});
