import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../../src/domain/index.js';
import { globTool } from '../../../../src/tools/search/glob.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

describe('glob', () => {
  it('shows paths from the working folder, and matches them from the folder it starts in', async () => {
    const { workspace } = await workspaceFixture({
      'app/src/a.ts': '',
      'app/src/deep/b.ts': '',
      'lib/c.ts': '',
    });
    const context = toolContext({ ...workspace, workdir: 'app' });
    const find = async (input: Readonly<Record<string, unknown>>) =>
      (await callTool(globTool, input, context)).text.split('\n').toSorted();
    expect(await find({ pattern: '**/*.ts' })).toEqual(['src/a.ts', 'src/deep/b.ts']);
    expect(await find({ pattern: 'src/*.ts' })).toEqual(['src/a.ts']);
    expect(await find({ pattern: 'deep/*.ts', path: 'src' })).toEqual(['src/deep/b.ts']);
    expect(await find({ pattern: '*.ts', path: '../lib' })).toEqual(['../lib/c.ts']);
  });

  it('refuses a pattern that stands for too many names', async () => {
    const { workspace } = await workspaceFixture();
    const input = { pattern: '{a,b}'.repeat(9) };
    expect(await callTool(globTool, input, toolContext(workspace))).toEqual({
      text: 'The pattern is too long, or its braces stand for too many names. Simplify it.',
      isError: true,
    });
  });

  it('finds a name with a line break as one file', async () => {
    const { workspace } = await workspaceFixture({ 'a\nb.txt': '' });
    const { text } = await callTool(globTool, { pattern: '*.txt' }, toolContext(workspace));
    expect(text).toBe('a\nb.txt');
  });
});

describe('glob patterns', () => {
  const name = fc.stringMatching(/^[a-z0-9_.\- ]{1,8}$/).filter((text) => !/^\.*$/.test(text));
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

  const matches = (pattern: string, text: string): boolean | undefined =>
    compileGlob(pattern)?.(text);

  it('without a wildcard match the path itself and no longer one', () => {
    fc.assert(
      fc.property(path, name, (text, more) => {
        expect(matches(text, text)).toBe(true);
        expect(matches(`x/${text}`, `x/${text}${more}`)).toBe(false);
      }),
    );
  });

  it('with ** match at every depth, with * in one folder only', () => {
    fc.assert(
      fc.property(path, name, (folder, file) => {
        expect(matches(`**/${file}`, `${folder}/${file}`)).toBe(true);
        expect(matches(`**/${file}`, file)).toBe(true);
        expect(matches(`${folder}/**`, `${folder}/deep/${file}`)).toBe(true);
        expect(matches(`${folder}/*`, `${folder}/${file}`)).toBe(true);
        expect(matches(`${folder}/*`, `${folder}/deep/${file}`)).toBe(false);
      }),
    );
  });

  it('with braces match what one of the choices matches', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 2, maxLength: 6 }), name, (choices, other) => {
        const pattern = `src/{${choices.join(',')}}.ts`;
        for (const choice of choices) expect(matches(pattern, `src/${choice}.ts`)).toBe(true);
        expect(matches(pattern, `src/${other}.ts`)).toBe(choices.includes(other));
      }),
    );
  });

  it('throw for no text and end in time for any', () => {
    const nasty = fc.array(
      fc.constantFrom('*', '**', '?', '[', ']', '{', '}', ',', '!', '\\', 'a', '/'),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        const test = compileGlob(parts.join(''));
        expect(['boolean', 'undefined']).toContain(typeof test?.('a/'.repeat(200)));
      }),
      { numRuns: 200 },
    );
  });
});
