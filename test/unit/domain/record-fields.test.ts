import { describe, expect, it } from 'vitest';
import { fieldsOf, jsonFields } from '../../../src/domain/record-fields.js';

describe('fieldsOf', () => {
  it.each([[null], [undefined], [7], ['text'], [true], [[]], [['a', 'b']]])(
    'finds none in %j',
    (value) => {
      expect(fieldsOf(value)).toEqual({});
    },
  );

  it('gives those of an object, in a copy', () => {
    const given = { name: 'demo', scripts: { test: 'x' } };
    expect(fieldsOf(given)).toEqual(given);
    expect(fieldsOf(given)).not.toBe(given);
  });
});

describe('jsonFields', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ['["a"]', {}],
    ['null', {}],
    ['', undefined],
    ['{', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (text, fields) => {
    expect(jsonFields(text)).toEqual(fields);
  });
});
