import { describe, expect, it } from 'vitest';
import { ownNames } from '../../../src/tools/argument-names.js';

const edit = {
  properties: { path: {}, old_string: {}, new_string: {} },
};

describe('ownNames', () => {
  it.each([
    [{ file_path: 'a', old_str: 'x', new_str: 'y' }],
    [{ filePath: 'a', oldString: 'x', newString: 'y' }],
    [{ file: 'a', old_text: 'x', newText: 'y' }],
    [{ path: 'a', old_string: 'x', new_string: 'y' }],
  ])('takes %j for path, old_string and new_string', (value) => {
    expect(ownNames(value, edit)).toEqual({ path: 'a', old_string: 'x', new_string: 'y' });
  });

  it('renames in lists of objects as well', () => {
    const schema = { properties: { edits: { items: edit } } };
    expect(ownNames({ edits: [{ file: 'a', old_str: 'x' }, 7] }, schema)).toEqual({
      edits: [{ path: 'a', old_string: 'x' }, 7],
    });
  });

  it('touches no name of the schema, and none beside the own one', () => {
    const schema = { properties: { path: {}, file: {} } };
    expect(ownNames({ file: 'a' }, schema)).toEqual({ file: 'a' });
    expect(ownNames({ path: 'a', file_path: 'b' }, edit)).toEqual({ path: 'a', file_path: 'b' });
  });

  it('takes the first of several other names', () => {
    expect(ownNames({ filename: 'b', file_path: 'a' }, edit)).toEqual({ path: 'a', filename: 'b' });
  });

  it.each([[null], ['text'], [[1]], [{ __proto__: 1, constructor: 2 }]])(
    'leaves %j alone',
    (value) => {
      expect(ownNames(value, edit)).toEqual(value);
    },
  );
});
