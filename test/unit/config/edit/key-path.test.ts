import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { formatKeyPath, parseKeyPath } from '../../../../src/config/edit/key-path.js';
import { readings, tomlValue } from '../../../../src/config/edit/toml-value.js';

describe('a key on the command line', () => {
  it.each([
    ['api.port', ['api', 'port']],
    ['default_model', ['default_model']],
    ['format."ts,tsx"', ['format', 'ts,tsx']],
    ['a."b.c".d', ['a', 'b.c', 'd']],
    ['a."say \\"hi\\""', ['a', 'say "hi"']],
  ])('%s has the parts %j', (text, parts) => {
    expect(parseKeyPath(text)).toEqual(parts);
    expect(parseKeyPath(formatKeyPath(parts))).toEqual(parts);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a=b',
    '"a',
    'a.__proto__.b',
    'constructor',
    'ä',
    `${'a.'.repeat(9)}a`,
    'x'.repeat(501),
  ])('%j is none', (text) => {
    expect(() => parseKeyPath(text)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_KEY' }));
  });
});

describe('a value of a file', () => {
  it('comes back as it was, whatever it is', () => {
    const value = fc.oneof(
      fc.integer(),
      fc
        .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
        .map((number) => number + 0),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a\u007fb', 'a\nb', '\t"\\', '\u0001'),
      fc.array(fc.string()),
      fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.array(fc.integer()),
      ),
    );
    fc.assert(
      fc.property(value, (one) => {
        const text = tomlValue(one);
        expect(text).not.toContain('\n');
        expect(JSON.parse(JSON.stringify(parse(`v = ${text}`)['v']))).toEqual(
          JSON.parse(JSON.stringify(one)),
        );
      }),
    );
  });

  it.each([
    ['4096', [4096, '4096', ['4096']]],
    ['true', [true, 'true', ['true']]],
    ['["end"]', [['end'], '["end"]', ['["end"]']]],
    ['a/b, c/d', ['a/b, c/d', ['a/b', 'c/d']]],
    ['', ['', []]],
    ['1\nother = 2', ['1\nother = 2', ['1\nother = 2']]],
  ])('%j may be meant as %j', (text, wanted) => {
    expect(readings(text)).toEqual(wanted);
  });
});
