import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseJsonDocument,
  setJsonField,
} from '../../../../src/platform/documents/json-document.js';

describe('parseJsonDocument', () => {
  it('gives the value, and the line of a field or of its nearest parent', () => {
    const document = parseJsonDocument('{\n  "a": [\n    1,\n    {"b": 2}\n  ]\n}', 'x.json');
    expect(document.value).toEqual({ a: [1, { b: 2 }] });
    expect([
      document.lineOf(['a']),
      document.lineOf(['a', 0]),
      document.lineOf(['a', 1, 'b']),
      document.lineOf(['a', 1, 'missing', 'deeper']),
      document.lineOf(['missing']),
      document.lineOf([]),
    ]).toEqual([2, 3, 4, 4, 1, 1]);
  });

  it.each([
    ['', 'the file is empty', 1],
    [' \n ', 'the file is empty', 1],
    ['{"a": 1,\n "b": [', 'the file is not valid JSON: ', 2],
    ["{'a': 1}", 'strings stand in double quotes ("), not in single ones', 1],
    ['{“a”: 1}', 'straight double quotes', 1],
    ['{"a":\n True}', 'write true, false or null', 2],
    ['{"a": NaN}', 'there is no such value in JSON', 1],
    ['{a: 1}', 'names of fields stand in double quotes', 1],
    ['{"a": [1, ...]}', 'an ellipsis stands for something that is missing', 1],
    ['{\n"a": 1\n"b": 2}', 'the file is not valid JSON: comma expected', 3],
    ['{} {}', 'the file is not valid JSON: end of file expected', 1],
  ])('refuses %j with the line', (text, message, line) => {
    let thrown: unknown;
    try {
      parseJsonDocument(text, 'x.json');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'ERR_JSON_INVALID',
      exitCode: 2,
      message: expect.stringContaining(message),
      where: { file: 'x.json' },
    });
    if (text.trim() !== '') expect(thrown).toMatchObject({ where: { line } });
  });

  it('reads over small faults of people and models, and names them with their line', () => {
    const read = (text: string) => {
      const { value, faults } = parseJsonDocument(text, 'x.json');
      return [value, faults];
    };
    expect(read('{"a": [1,],\n}')).toEqual([
      { a: [1] },
      [{ message: 'trailing commas are read over', line: 1 }],
    ]);
    expect(read('{\n// note\n"a": 1}')).toEqual([
      { a: 1 },
      [{ message: 'comments are read over', line: 2 }],
    ]);
    expect(read('Here it is:\n```json\n{"a": 1}\n```\nDone.\n')).toEqual([
      { a: 1 },
      [{ message: 'the JSON stands in a Markdown fence', line: 1 }],
    ]);
    expect(read('{"a": 1,\n "a": 2}')).toEqual([
      { a: 2 },
      [{ message: '"a" stands twice in one object: the last one counts', line: 2 }],
    ]);
  });

  it('reads whatever JSON.stringify writes, behind a byte order mark too', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '\uFEFF'), (value, mark) => {
        const text = JSON.stringify(value, null, 1);
        expect(parseJsonDocument(`${mark}${text}`, 'x.json').value).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('setJsonField', () => {
  it('edits what stands in a fence, and keeps trailing commas and comments', () => {
    expect(setJsonField('```json\n{"a": false, // why\n "b": [1,],}\n```\n', ['a'], true)).toBe(
      '```json\n{"a": true, // why\n "b": [1,],}\n```\n',
    );
  });

  it('keeps tabs and CRLF when it adds a field', () => {
    const text = '{\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}\r\n';
    expect(setJsonField(text, ['a', 'c'], true)).toBe(
      '{\r\n\t"a": {\r\n\t\t"b": 1,\r\n\t\t"c": true\r\n\t}\r\n}\r\n',
    );
  });
});
