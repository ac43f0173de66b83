import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TaskMessage, TaskPart } from '../../../../src/domain/index.js';
import {
  prdPart,
  scriptPart,
  wordsOf,
  wordsWithFiles,
  writeInputs,
} from '../../../../src/runs/tasks/task-inputs.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const message = (...parts: TaskPart[]): TaskMessage => ({ messageId: 'm', role: 'user', parts });
const text = (words: string): TaskPart => ({ kind: 'text', text: words });
const file = (content: string | Buffer, name?: string): TaskPart => ({
  kind: 'file',
  bytes: Buffer.from(content).toString('base64'),
  ...(name === undefined ? {} : { name }),
});
const refused = expect.objectContaining({ code: 'ERR_TASK_INPUT' }) as Error;

describe('the words of a message', () => {
  it('are its texts, one paragraph each', () => {
    expect(wordsOf(message(text('  one'), file('x'), text('two\n')))).toBe('one\n\ntwo');
  });

  it('go with its small text files, named', () => {
    expect(wordsWithFiles(message(text('Read it.'), file('a,b', 'table.csv')))).toBe(
      'Read it.\n\nAttached: table.csv\n\na,b',
    );
    expect(wordsWithFiles(message({ kind: 'data', data: { a: 1 } }))).toContain('"a": 1');
  });

  it.each([
    ['too much in files', message(text('x'), file('x'.repeat(65 * 1024)))],
    ['bytes that are no text', message(text('x'), file(Buffer.from([1, 0, 2])))],
    ['an address in place of a file', message({ kind: 'url', url: 'https://example.org/a' })],
    ['nothing', message(text('  '))],
  ])('are refused with %s', (_what, asked) => {
    expect(() => wordsWithFiles(asked)).toThrow(refused);
  });
});

describe('a script that a message names', () => {
  it('is its text, with a data part as arguments', () => {
    expect(scriptPart(message(text(' review-fix\n')))).toEqual({ name: 'review-fix' });
    expect(scriptPart(message(text('fan'), { kind: 'data', data: { n: [1] } }))).toEqual({
      name: 'fan',
      args: '{"n":[1]}',
    });
    expect(scriptPart(message(text('fan'), { kind: 'data', data: '@/etc/passwd' })).args).toBe(
      '"@/etc/passwd"',
    );
  });

  it.each([
    ['a path', message(text('../evil.js'))],
    ['a program', message(text('export const meta = {}'))],
    ['a flag', message(text('--args'))],
    ['nothing', message({ kind: 'data', data: 1 })],
    ['a file beside it', message(text('fan'), file('x'))],
    ['two data parts', message(text('fan'), { kind: 'data', data: 1 }, { kind: 'data', data: 2 })],
  ])('is refused with %s', (_what, asked) => {
    expect(() => scriptPart(asked)).toThrow(refused);
  });
});

describe('the files of a message', () => {
  it('are written below one folder, whatever they are called', async () => {
    const folder = join(await temporaryFolder(), 'input');
    const names = await writeInputs(
      message(
        text('q'),
        file('one', '../../etc/passwd'),
        file('two', '.hidden'),
        file('three', 'passwd'),
        file('four', 'a b\u0000c/…'),
        file('five'),
        { kind: 'data', data: [1] },
      ),
      folder,
    );
    expect(names).toEqual(['passwd', 'hidden', '3-passwd', '_', 'file-5.txt', 'data-6.json']);
    expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      '[\n  1\n]\n',
    ]);
  });
});

describe('the PRD of a message', () => {
  it('is its first data or file part', () => {
    expect(prdPart(message(text('do it'), { kind: 'data', data: {} }))).toEqual({
      name: 'prd.json',
      text: '{}\n',
    });
    expect(prdPart(message(file('- [ ] x', 'PRD.md')))).toEqual({
      name: 'PRD.md',
      text: '- [ ] x',
    });
  });

  it('must be there', () => {
    expect(() => prdPart(message(text('do it')))).toThrow(refused);
  });
});
