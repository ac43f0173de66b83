import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundSchema,
  checkArguments,
  cleanLines,
  cleanText,
} from '../../../../src/tools/mcp/foreign-schema.js';

describe('a schema of somebody else', () => {
  it('is within bounds whatever it is, and is an object', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const bounded = boundSchema(JSON.parse(text));
        expect(bounded['type']).toBe('object');
        expect(JSON.stringify(bounded).length).toBeLessThan(20_000);
      }),
    );
  });

  it('keeps choices, references and words, and nothing that is run', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { anyOf: [{ type: 'string', pattern: '(a+)+$' }, { $ref: '#/$defs/b' }] },
        c: { type: 'array', items: { enum: ['x', 'y'] }, description: 'two\n lines', default: [] },
        d: { $ref: 'https://elsewhere.example/schema' },
      },
      required: ['a'],
      $defs: { b: { const: 7 } },
      patternProperties: { '(a+)+$': {} },
      if: {},
    };
    expect(boundSchema(schema)).toEqual({
      type: 'object',
      properties: {
        a: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/b' }] },
        c: { type: 'array', items: { enum: ['x', 'y'] }, description: 'two lines' },
        d: {},
      },
      required: ['a'],
      $defs: { b: { const: 7 } },
    });
  });

  it('that is deeper, wider or longer than a schema of arguments is left open there', () => {
    let deep: object = { type: 'string' };
    for (let at = 0; at < 100; at += 1) deep = { properties: { a: deep } };
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`p${at}`, {}]));
    for (const schema of [deep, { properties: wide }, { enum: ['x'.repeat(50_000)] }])
      expect(JSON.stringify(boundSchema(schema)).length).toBeLessThan(20_000);
    expect(boundSchema('no schema')).toEqual({ type: 'object' });
    expect(boundSchema({ properties: 7, anyOf: 'x', $ref: 3, description: {} })).toEqual({
      type: 'object',
    });
  });
});

describe('arguments', () => {
  const schema = boundSchema({
    properties: {
      text: { type: 'string' },
      count: { type: 'integer' },
      either: { type: ['null', 'array'] },
      any: {},
      map: { type: 'object' },
      size: { type: 'number' },
      flag: { type: 'boolean' },
    },
    required: ['text'],
  });

  it.each([
    [{ text: 'x' }, undefined],
    [{ text: 'x', count: 1, either: null, any: [], map: {}, size: 0.5, flag: true }, undefined],
    [{ text: 'x', unknown: 1 }, undefined],
    [{}, 'missing: text'],
    [{ text: 1 }, 'text: expected "string"'],
    [{ text: 'x', count: 1.5 }, 'count: expected "integer"'],
    [{ text: 'x', either: {} }, 'either: expected ["null","array"]'],
    [{ text: 'x', map: [] }, 'map: expected "object"'],
    [{ text: 'x', size: '1' }, 'size: expected "number"'],
    [{ text: 'x', flag: 'yes' }, 'flag: expected "boolean"'],
    [JSON.parse('{"text":"x","__proto__":1}') as Record<string, unknown>, undefined],
  ])('%j: %s', (input, expected) => {
    expect(checkArguments(schema, input)).toBe(expected);
  });

  it('are not looked at where there is no schema', () => {
    expect(checkArguments({ type: 'object' }, { a: 1 })).toBeUndefined();
  });
});

describe('words of a server', () => {
  it('are one line of what can be seen, or lines of it', () => {
    expect(cleanText('a\u001b[2J\nb\u202e', 100)).toBe('a\\x1b[2J b\\u{202e}');
    expect(cleanText('abcdef', 4)).toBe('abc…');
    expect(cleanLines('a\n\tb\u0007', 100)).toBe('a\n\tb\\x07');
  });
});
