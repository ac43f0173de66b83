import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_SCRIPT, readScript } from '../../../../src/rlm/script/script-source.js';
import { scriptOf } from '../../../support/script-bench.js';

const problems = (text: string): string[] => {
  const read = readScript(text);
  return 'problems' in read
    ? read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
    : [];
};

const META = `export const meta = {
  name: 'full-check',
  description: \`all of it\`,
  phases: [{ title: 'Lint', detail: 'in parallel' }, 'Report'],
}
`;

describe('a script as it is read', () => {
  it('says what it is, and its statements stay where they stand', () => {
    const read = readScript(`${META}\nphase('Lint')\nreturn await agent('x')\n`);
    expect(read).toEqual({
      meta: {
        name: 'full-check',
        description: 'all of it',
        phases: [{ title: 'Lint', detail: 'in parallel' }, { title: 'Report' }],
      },
      body: expect.stringMatching(
        /^ {7}const meta = \{\n[^]*\nphase\('Lint'\)\nreturn await agent/,
      ),
      models: [],
      texts: [],
    });
  });

  it('names the models that it asks for, each once, where it stands first', () => {
    const read = readScript(
      scriptOf(
        "await agent('a', { model: 'x/y' });\nconst o = { model: 'haiku' }; await agent('b', { model: 'x/y', ...o });",
      ),
    );
    expect('texts' in read ? read.texts : read).toEqual(['x/y']);
    expect('models' in read ? read.models : read).toEqual([
      { name: 'x/y', line: 2, column: 27 },
      { name: 'haiku', line: 3, column: 20 },
    ]);
  });

  it('may declare functions, classes and names of its own, also below meta', () => {
    expect(
      problems(
        `${META}
        const { a, ...rest } = args ?? {};
        async function one(item, { deep = a } = {}) { for (const x of item) await agent(String(x)); return deep; }
        class Two { #n = 1; get n() { return this.#n; } }
        try { await one([rest]); } catch { log(new Two().n); }
        label: for (let at = 0; at < 2; at += 1) continue label;
        return parallel([() => one([]), async () => pipeline([1], (v) => v)]);`,
      ),
    ).toEqual([]);
  });
});

describe('what is wrong with a script before it runs', () => {
  it.each([
    ['a syntax error', scriptOf('const a = ;'), ['2:11 Unexpected token']],
    ['no meta', 'return 1', ['1:1 a script begins with export const meta = { name, description }']],
    [
      'meta that is computed',
      'export const meta = { name: "a" + "b", description: "c" }',
      ['1:21 meta holds plain values alone'],
    ],
    [
      'meta without a name',
      'export const meta = { description: "c" }',
      ['1:21 meta.name: Invalid input: expected string, received undefined'],
    ],
    [
      'a name that is none',
      'export const meta = { name: "../x", description: "c" }',
      [expect.stringContaining('meta.name: expected letters')],
    ],
    [
      'an import',
      `import fs from 'fs'\n${scriptOf('return fs')}`,
      ['1:1 a script imports nothing'],
    ],
    ['another export', scriptOf('export default 1'), ['2:1 a script exports meta alone']],
    [
      'unknown names, each once',
      scriptOf('foo(); foo(); return bar'),
      ['2:1 unknown name foo', '2:22 unknown name bar'],
    ],
    [
      'what people reach for in vain',
      scriptOf('return require("fs")'),
      ['2:8 unknown name require: a script has no modules: an agent can read and run things'],
    ],
    [
      'a name out of its scope',
      scriptOf('{ const inner = 1 }\nreturn inner'),
      ['3:8 unknown name inner'],
    ],
    [
      'too much text',
      `${scriptOf('return 1')}//${'x'.repeat(LONGEST_SCRIPT)}`,
      ['1:1 longer than 256 KiB'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('is told at once, in the order of the lines, and not without an end', () => {
    const many = Array.from({ length: 100 }, (_, at) => `unknown${at}()`).join('\n');
    const told = problems(`import 'x'\n${many}`);
    expect([told.length, told[0]]).toEqual([20, '1:1 a script imports nothing']);
  });

  it('never breaks on anything', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map(scriptOf)), (text) => {
        expect(() => readScript(text)).not.toThrow();
      }),
    );
  });
});
