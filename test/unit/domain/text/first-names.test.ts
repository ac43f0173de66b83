import { expect, it } from 'vitest';
import { firstNames } from '../../../../src/domain/text/first-names.js';

it('names are given whole, as many as there is room for', () => {
  const names = ['aa', 'bb', 'cc'];
  expect(firstNames(names, { most: 2, characters: 100 })).toEqual(['aa', 'bb']);
  expect(firstNames(names, { most: 9, characters: 5 })).toEqual(['aa', 'bb']);
  expect(firstNames(names, { most: 9, characters: 6 })).toEqual(names);
  expect(firstNames(names, { most: 0, characters: 6 })).toEqual([]);
  expect(firstNames([], { most: 1, characters: 6 })).toEqual([]);
});
