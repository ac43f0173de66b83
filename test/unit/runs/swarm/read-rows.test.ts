import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { readRows, type RowFlags } from '../../../../src/runs/swarm/read-rows.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const SCHEMA = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}';
const FLAGS = { template: 'What of {a}?', schema: 'schema.json', output: 'out.csv' };

async function setup(table: string | Buffer, name = 'in.csv') {
  const cwd = await temporaryFolder();
  const blobs = createBlobStore(join(cwd, 'blobs'), { cacheBytes: 0 });
  await writeFile(join(cwd, name), table);
  await writeFile(join(cwd, 'schema.json'), SCHEMA);
  const read = async (flags: RowFlags = {}, maxSubagents = 1000) => {
    const planned = await readRows(
      { ...FLAGS, input: name, ...flags },
      { cwd, blobs, maxSubagents },
    );
    if (planned === undefined) throw new Error('no table was read');
    const stored = await blobs.getText(planned.rows.table);
    return { ...planned, lines: stored.split('\n').map((line) => JSON.parse(line) as unknown) };
  };
  const refusal = async (flags?: RowFlags, maxSubagents?: number) =>
    read(flags, maxSubagents).then(
      () => 'it was read',
      (error: { code: string; message: string; where?: { line?: number; field?: string } }) =>
        [error.code, error.where?.line ?? error.where?.field ?? '', error.message].join(' '),
    );
  return { cwd, blobs, read, refusal };
}

describe('a CSV table', () => {
  it.each([
    ['plain', 'a,b\n1,2\n', [{ a: '1', b: '2' }]],
    [
      'with a byte order mark and CRLF',
      '\uFEFFa,b\r\n1,2\r\n3,4\r\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['without a last line end', 'a\n1', [{ a: '1' }]],
    [
      'with quotes, line ends and separators in cells',
      'a,b\n"x ""y"", z","1\n2"\n',
      [{ a: 'x "y", z', b: '1\n2' }],
    ],
    [
      'with empty lines and empty cells',
      'a,b\n\n1,\n\n,2\n',
      [
        { a: '1', b: '' },
        { a: '', b: '2' },
      ],
    ],
    ['with spaces around names', ' a , b \n1,2\n', [{ a: '1', b: '2' }]],
    ['with braces and formulas in cells', 'a\n=1+1 {a}\n', [{ a: '=1+1 {a}' }]],
    ['with names of objects', 'a,constructor\n1,2\n', [{ a: '1', constructor: '2' }]],
  ])('is read %s', async (...[, text, expected]) => {
    const { read } = await setup(text);
    const { lines, rows, subtasks } = await read();
    expect(lines).toEqual(expected);
    expect(subtasks.map(({ id, agent }) => `${id} ${agent}`)).toEqual(
      expected.map((_, index) => `row-${index + 1} row`),
    );
    expect(rows.columns).toEqual(Object.keys(expected[0] ?? {}));
  });

  it.each([
    ['nothing', '', 'ERR_ROWS_INVALID  the table has no row'],
    ['a header alone', 'a,b\n', 'ERR_ROWS_INVALID  the table has no row'],
    ['the same name twice', 'a,b, a\n1,2,3\n', 'ERR_ROWS_INVALID 1 two columns are called a'],
    ['a column without a name', 'a,,b\n1,2,3\n', 'ERR_ROWS_INVALID 1 a column has no name'],
    ['a row that is too wide', 'a,b\n1,2\n1,2,3\n', /^ERR_ROWS_INVALID 3 Invalid Record Length/],
    ['a row that is too narrow', 'a,b\n1\n', /^ERR_ROWS_INVALID 2 Invalid Record Length/],
    ['a quote that never ends', 'a\n"1\n2\n', /^ERR_ROWS_INVALID \d+ Quote Not Closed/],
    ['a quote in the middle', 'a\n1 "2\n', /^ERR_ROWS_INVALID 2 Invalid Opening Quote/],
  ])('is refused that holds %s', async (...[, text, expected]) => {
    const { refusal } = await setup(text);
    expect(await refusal()).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  it('is refused with the line where bytes are no UTF-8', async () => {
    const latin = Buffer.concat([
      Buffer.from('a\nok\nM'),
      Buffer.from([0xfc]),
      Buffer.from('ller\n'),
    ]);
    expect(await (await setup(latin)).refusal()).toBe(
      'ERR_ROWS_INVALID 3 the table is not in UTF-8',
    );
    const wide = Buffer.from('\uFEFFa\n1\n', 'utf16le');
    expect(await (await setup(wide)).refusal()).toMatch(
      /^ERR_ROWS_INVALID 1 the table is not in UTF-8/,
    );
  });

  it('may have a line of a megabyte, and many columns', async () => {
    const long = 'x'.repeat(1024 * 1024);
    const { read } = await setup(`a\n${long}\n`);
    expect((await read()).lines).toEqual([{ a: long }]);
    const names = Array.from({ length: 50_000 }, (_, index) => `c${index}`);
    const wide = await setup(`a,${names.join(',')}\n1${',2'.repeat(names.length)}\n`);
    expect((await wide.read()).rows.columns).toHaveLength(50_001);
  });

  it('says little of a long line that is wrong', async () => {
    const { refusal } = await setup(`a\n${'x'.repeat(1024 * 1024)}"y\n`);
    expect((await refusal()).length).toBeLessThan(400);
  });
});

describe('a table of JSON lines', () => {
  const name = 'in.jsonl';

  it('has a row a line, with the columns of all of them', async () => {
    const { read } = await setup('\uFEFF{"a": 1}\r\n\n  \n{"b": {"c": [2]}, "a": null}', name);
    const { lines, rows } = await read();
    expect([lines, rows.columns]).toEqual([
      [{ a: 1 }, { b: { c: [2] }, a: null }],
      ['a', 'b'],
    ]);
  });

  it.each(['[1]', 'null', '1', '"a"', '{"a": 1', '{"a": 1} {"a": 2}', `{'a': 1}`, '\0'])(
    'is refused with the line that is no object: %j',
    async (line) => {
      const { refusal } = await setup(`{"a": 1}\n\n${line}\n`, name);
      expect(await refusal()).toMatch(/^ERR_ROWS_INVALID 3 the line is no JSON object/);
    },
  );

  it('gives nobody another prototype', async () => {
    const { read } = await setup('{"a": 1, "__proto__": {"polluted": true}}\n', name);
    await read();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('what belongs to a table', () => {
  it('is nothing at all, or all four flags', async () => {
    const { cwd, blobs, refusal } = await setup('a\n1\n');
    expect(await readRows({}, { cwd, blobs, maxSubagents: 1 })).toBeUndefined();
    expect(await refusal({ output: undefined, schema: undefined })).toMatch(
      /^ERR_USAGE {2}.*; --schema, --output is missing$/,
    );
  });

  it('is a template with known columns, as text or as a file, kept whole by reference', async () => {
    const { cwd, blobs, read, refusal } = await setup('a,b\n1,2\n');
    const long = `{{ a }} of {b}: ${'x'.repeat(5000)}`;
    await writeFile(join(cwd, 'template.txt'), long);
    const { rows } = await read({ template: '@template.txt' });
    expect([
      rows.template,
      rows.templateRef === undefined ? '' : await blobs.getText(rows.templateRef),
    ]).toEqual([long.slice(0, 1000), long]);
    expect(await refusal({ template: '{a} {land} {x}' })).toBe(
      'ERR_ROWS_TEMPLATE --template the table has no column land, x',
    );
    expect(await refusal({ template: 'the same for all' })).toMatch(
      /^ERR_ROWS_TEMPLATE --template the template names no column/,
    );
    expect(await refusal({ template: '@none.txt' })).toMatch(/^ERR_ROWS_UNREADABLE .*no such file/);
    await writeFile(join(cwd, 'large.txt'), `{a}${'x'.repeat(300 * 1024)}`);
    expect(await refusal({ template: '@large.txt' })).toMatch(/^ERR_FILE_UNSUITABLE /);
  });

  it('is a schema that can be used', async () => {
    const { cwd, refusal } = await setup('a\n1\n');
    for (const text of [
      '',
      '[]',
      'not json',
      '{"type": "nonsense"}',
      '{"$ref": "https://example.org/x"}',
    ]) {
      await writeFile(join(cwd, 'bad.json'), text);
      expect([text, await refusal({ schema: 'bad.json' })]).toEqual([
        text,
        expect.stringMatching(/^ERR_ROWS_SCHEMA /),
      ]);
    }
    expect(await refusal({ schema: 'none.json' })).toMatch(/^ERR_ROWS_UNREADABLE /);
  });

  it('is an ordinary file with a known ending, and an output that no link leads elsewhere', async () => {
    const { cwd, refusal } = await setup('a\n1\n2\n', 'in.txt');
    expect(await refusal()).toMatch(/^ERR_ROWS_INVALID .*the ending \.txt is no table's/);
    expect(await refusal({ input: 'none.csv' })).toMatch(/^ERR_ROWS_UNREADABLE .*no such file/);
    await mkdir(join(cwd, 'folder.csv'));
    expect(await refusal({ input: 'folder.csv' })).toMatch(/^ERR_FILE_UNSUITABLE .*it is a folder/);
    await writeFile(join(cwd, 'two.csv'), 'a\n1\n2\n');
    expect(await refusal({ input: 'two.csv' }, 1)).toBe(
      'ERR_ROWS_INVALID  the table has 2 rows, and at most 1 are allowed',
    );
    await mkdir(join(cwd, '.git'));
    for (const name of ['out.csv', 'link.csv']) await symlink('/etc/passwd', join(cwd, name));
    for (const flags of [{ input: 'two.csv' }, { input: 'link.csv' }, { schema: 'link.csv' }])
      expect(await refusal({ input: 'two.csv', ...flags })).toMatch(/^ERR_LINK_OUTSIDE /);
  });
});
