import { describe, expect, it } from 'vitest';
import { grepTool } from '../../../../src/tools/search/grep.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

async function grep(
  files: Readonly<Record<string, string>>,
  input: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const { workspace } = await workspaceFixture(files);
  return (await callTool(grepTool, input, toolContext(workspace))).text.split('\n').toSorted();
}

const FILES = {
  'src/a.ts': 'needle\n',
  'src/deep/b.ts': 'needle\n',
  'lib/c.js': 'Needle\n',
  'built/d.ts': 'needle\n',
  '.gitignore': 'built/\n',
};

describe('grep', () => {
  it('takes a file pattern with or without folders, ignored files stay out', async () => {
    expect(await grep(FILES, { pattern: 'needle', include: '*.ts' })).toEqual([
      'src/a.ts:1:needle',
      'src/deep/b.ts:1:needle',
    ]);
    expect(await grep(FILES, { pattern: 'needle', include: 'src/*.ts' })).toEqual([
      'src/a.ts:1:needle',
    ]);
    expect(await grep(FILES, { pattern: 'NEEDLE', ignore_case: true, path: 'lib' })).toEqual([
      'lib/c.js:1:Needle',
    ]);
  });

  it('takes a pattern that looks like an option as a pattern', async () => {
    expect(await grep({ 'a.txt': '--files here\n' }, { pattern: '--files' })).toEqual([
      'a.txt:1:--files here',
    ]);
  });

  it('tells hits from the lines around them', async () => {
    const lines = await grep({ 'a.txt': 'one\ntwo\nthree\n' }, { pattern: 'two', context: 1 });
    expect(lines).toEqual(['a.txt-1-one', 'a.txt-3-three', 'a.txt:2:two']);
  });

  it('searches a kept output by the name that the model was told', async () => {
    const { workspace } = await workspaceFixture();
    const context = toolContext(workspace);
    const name = await context.keepWhole('first\nneedle\n');
    const output = await callTool(grepTool, { pattern: 'needle', path: name }, context);
    expect(output).toEqual({ text: `${name}:2:needle`, isError: false });
  });

  it('cuts a line without an end', async () => {
    const [line = ''] = await grep(
      { 'a.txt': `needle${'x'.repeat(5000)}\n` },
      { pattern: 'needle' },
    );
    expect(line.startsWith('a.txt:1:needlexxx')).toBe(true);
    expect(line.length).toBeLessThan(700);
  });

  it.each([{ pattern: '' }, { pattern: 'a', context: 21 }, { pattern: 'a', context: -1 }, {}])(
    'does not take %j',
    (input) => {
      expect(grepTool.parameters.safeParse(input).success).toBe(false);
    },
  );
});
