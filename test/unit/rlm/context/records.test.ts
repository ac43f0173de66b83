import { describe, expect, it } from 'vitest';
import { openRecords } from '../../../../src/rlm/context/records.js';
import { openRepl, runCell, storedInput } from '../../../support/rlm-bench.js';

const table = async (files: Record<string, string>) =>
  openRecords((await storedInput(files)).reader);

describe('rows', () => {
  it('of lines of JSON are read when they are asked for; one that cannot be read is a row that says so', async () => {
    const text = Array.from({ length: 1000 }, (_, index) =>
      index === 500 ? '{bad' : `{"n":${index}}`,
    ).join('\n');
    const rows = await table({ 'a.jsonl': text });
    expect(rows.length).toBe(1000);
    expect(rows.rows(255, 258)).toEqual([{ n: 255 }, { n: 256 }, { n: 257 }]);
    expect(rows.rows(500, 501)).toEqual([{ unreadable: '{bad' }]);
    expect(rows.rows(999, 2000)).toEqual([{ n: 999 }]);
  });

  it('of a table have its columns, also with quotes, line ends and short lines', async () => {
    expect((await table({ 'a.csv': 'id,name\n1,x\n2\n' })).rows(0, 9)).toEqual([
      { id: '1', name: 'x' },
      { id: '2', name: '' },
    ]);
    const quoted = await table({ 'a.csv': 'id,name\n1,"a, ""b""\nc"\n' });
    expect([quoted.columns, quoted.rows(0, 9)]).toEqual([
      ['id', 'name'],
      [{ id: '1', name: 'a, "b"\nc' }],
    ]);
    expect((await table({ 'a.tsv': 'a\tb\n1\t2\n' })).rows(0, 1)).toEqual([{ a: '1', b: '2' }]);
  });

  it('of JSON and YAML are their list', async () => {
    expect((await table({ 'a.json': '[{"a":1},2]' })).rows(0, 9)).toEqual([{ a: 1 }, 2]);
    expect((await table({ 'a.json': '{"meta":1,"items":[3,4]}' })).rows(0, 9)).toEqual([3, 4]);
    expect((await table({ 'a.yaml': '- a: 1\n- a: 2\n' })).length).toBe(2);
  });

  it('are refused for an input that has none', async () => {
    await expect(table({ 'a.txt': 'words' })).rejects.toMatchObject({ code: 'ERR_RLM_CELL' });
    await expect(table({ 'a.json': '{bad' })).rejects.toThrow(SyntaxError);
  });

  it('can be worked with in a cell as a list is', async () => {
    const vm = await openRepl({
      'a.csv': `city,size,code\n${Array.from({ length: 500 }, (_, index) => `c${index},${index},x`).join('\n')}\n`,
    });
    const code =
      'const all = records(); print(all.length, all.columns.join(), all.at(-1).city, all.filter((row) => Number(row.size) > 497).length, all.reduce((sum, row) => sum + Number(row.size), 0))';
    expect(runCell(vm, code).output).toBe('500 city,size,code c499 2 124750');
  });

  it('that are large are read, one longer than a block is only shown, and few come at a time', async () => {
    const large = JSON.stringify({ text: 'a'.repeat(1_000_000), n: 1 });
    const huge = JSON.stringify({ text: 'b'.repeat(9_000_000), n: 2 });
    const text = [large, huge, '{"n":3}', large, large, large, large, large, '{"n":4}'].join('\n');
    const rows = await table({ 'a.jsonl': text });
    expect(rows.length).toBe(9);
    expect(rows.rows(0, 1)).toMatchObject([{ n: 1 }]);
    expect(rows.rows(1, 2)).toEqual([{ unreadable: huge.slice(0, 500) }]);
    expect(rows.rows(2, 3)).toEqual([{ n: 3 }]);
    expect(rows.rows(3, 9).length).toBe(4);
    expect(rows.rows(8, 9)).toEqual([{ n: 4 }]);
    const vm = await openRepl({ 'a.jsonl': text });
    const code =
      'const ns = records().map((row) => row.n ?? "?"); print(ns.join(), records().slice(2).length, records().at(-1).n)';
    expect(runCell(vm, code).output).toBe('1,?,3,1,1,1,1,1,4 7 4');
  });
});
