import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ACTION_NAMES, actionOf } from '../../../../src/tools/lsp/actions.js';
import { lspBench } from '../../../support/lsp-bench.js';

const FILES = {
  'src/a.ts': 'export const apple = 1;\nexport const pear = apple + apple;\n',
  'src/b.ts': 'BAD wolf\nimport { apple } from "./a";\n',
};

describe('the lsp tool', () => {
  it('answers with places as path, line and column from 1, and with the text of the line', async () => {
    const { call } = await lspBench(FILES);
    expect(
      await call({ action: 'definition', path: 'src/a.ts', line: 2, symbol: 'apple' }),
    ).toEqual({
      text: 'src/a.ts:1:14: export const apple = 1;',
      isError: false,
    });
    const places = await call({ action: 'findReferences', path: 'src/a.ts', line: 1, column: 15 });
    expect(places.text.split('\n')).toEqual([
      'src/a.ts:1:14: export const apple = 1;',
      'src/a.ts:2:21: export const pear = apple + apple;',
      'src/a.ts:2:29: export const pear = apple + apple;',
    ]);
    expect(await call({ action: 'hover', path: 'src/a.ts', line: 2, symbol: 'pear' })).toEqual({
      text: 'word pear',
      isError: false,
    });
  });

  it('tells the errors of a file', async () => {
    const { call } = await lspBench(FILES);
    expect((await call({ action: 'diagnostics', path: 'src/b.ts' })).text).toBe(
      'src/b.ts:1:1 error: bad wolf (double 7)',
    );
    expect((await call({ action: 'diagnostics', path: 'src/a.ts' })).text).toBe(
      'No errors and no warnings.',
    );
  });

  it('knows the names of the seed and of other tools', () => {
    expect(
      [
        'goToDefinition',
        'findReferences',
        'documentSymbol',
        'workspaceSymbol',
        'goToImplementation',
        'prepareCallHierarchy',
        'incomingCalls',
        'outgoing-calls',
        'HOVER',
        'completion',
      ].map(actionOf),
    ).toEqual([
      'definition',
      'references',
      'document_symbols',
      'workspace_symbols',
      'implementation',
      'prepare_call_hierarchy',
      'incoming_calls',
      'outgoing_calls',
      'hover',
      'completion',
    ]);
    expect(ACTION_NAMES.map(actionOf)).toEqual([...ACTION_NAMES]);
    expect(actionOf('paint')).toBeUndefined();
  });

  it.each([
    [{ action: 'paint' }, 'There is no action "paint". Actions: definition'],
    [{ action: 'rename', path: 'src/a.ts' }, 'Call lsp_rename'],
    [{ action: 'hover' }, 'hover needs path.'],
    [{ action: 'hover', path: 'src/a.ts' }, 'hover needs line (from 1), and column or symbol.'],
    [{ action: 'hover', path: 'src/a.ts', line: 1 }, 'Give column (from 1) or symbol'],
    [
      { action: 'hover', path: 'src/a.ts', line: 9, column: 1 },
      'has 3 lines; line 9 is behind its end',
    ],
    [{ action: 'hover', path: 'src/a.ts', line: 1, column: 99 }, 'has 23 characters; column 99'],
    [
      { action: 'hover', path: 'src/a.ts', line: 1, symbol: 'plum' },
      'src/a.ts:1 does not hold "plum"',
    ],
    [{ action: 'hover', path: 'src/c.ts', line: 1, column: 1 }, 'no text file of at most 4 MiB'],
    [{ action: 'hover', path: '../x.ts', line: 1, column: 1 }, 'leads outside the workspace'],
    [{ action: 'hover', path: 'notes.txt', line: 1, column: 1 }, 'no language server is known'],
    [
      { action: 'incoming_calls', path: 'src/a.ts', line: 1, column: 1 },
      'does not offer textDocument/prepareCallHierarchy',
    ],
  ])('says what is wrong with %j', async (input, words) => {
    const { call } = await lspBench({ ...FILES, 'notes.txt': 'x' });
    const output = await call(input);
    expect(output.isError).toBe(true);
    expect(output.text).toContain(words);
  });

  it('says which command brings a server that is not there', async () => {
    const { call } = await lspBench(FILES, {}, { find: () => Promise.resolve(undefined) });
    const { text, isError } = await call({ action: 'hover', path: 'src/a.ts', line: 1, column: 1 });
    expect(isError).toBe(true);
    expect(text).toContain('npm install --save-dev typescript-language-server typescript');
    expect((await call({ action: 'workspace_symbols', query: 'a' })).text).toContain(
      'No language server is there',
    );
  });

  it('brings what other tools changed to the server before it asks', async () => {
    const { call, workspace } = await lspBench(FILES);
    await call({ action: 'diagnostics', path: 'src/b.ts' });
    await writeFile(join(workspace.root, 'src/b.ts'), '\nBAD apple\n');
    await writeFile(join(workspace.root, 'src/new.ts'), 'x\n');
    await rm(join(workspace.root, 'src/a.ts'));
    expect((await call({ action: 'diagnostics', path: 'src/b.ts' })).text).toBe(
      'src/b.ts:2:1 error: bad apple (double 7)',
    );
    const events = await call({ action: 'workspace_symbols', query: 'a' });
    expect(events.text.split('\n').toSorted()).toEqual([
      'src/a.ts:1: function event 3',
      'src/b.ts:1: function event 2',
      'src/new.ts:1: function event 1',
    ]);
  });

  it('shows no line of a file that a link leads to, whatever the server says', async () => {
    const secret = {
      uri: 'file:///etc/hostname',
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
    };
    const bench = await lspBench(FILES, { answers: { 'textDocument/definition': [secret] } });
    await symlink('/etc/hostname', join(bench.workspace.root, 'src/link.ts'));
    expect(
      (await bench.call({ action: 'definition', path: 'src/a.ts', line: 1, column: 15 })).text,
    ).toMatch(/etc\/hostname:1:1:$/);
    expect(
      (await bench.call({ action: 'hover', path: 'src/link.ts', line: 1, column: 1 })).isError,
    ).toBe(true);
  });

  it('does not show files that rules of people hide', async () => {
    const uri = (path: string) => pathToFileURL(path).href;
    let root = '';
    const bench = await lspBench({ ...FILES, 'secret/a.ts': 'key\n' }, () => ({
      answers: {
        'textDocument/references': ['src/a.ts', 'secret/a.ts'].map((path) => ({
          uri: uri(join(root, path)),
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
        })),
      },
    }));
    root = bench.workspace.root;
    const input = { action: 'references', path: 'src/a.ts', line: 1, column: 15 };
    expect((await bench.call(input)).text).toContain('secret/a.ts:1:1: key');
    expect((await bench.call(input, { hiddenGlobs: ['secret'] })).text).toBe(
      'src/a.ts:1:1: export const apple = 1;',
    );
  });

  it('is not for folders that are only shown', async () => {
    const { call, workspace } = await lspBench(FILES);
    const { text } = await call(
      { action: 'hover', path: 'src/a.ts', line: 1, column: 1 },
      { workspace: { ...workspace, isView: true } },
    );
    expect(text).toContain('not available in a folder that is only shown');
  });

  it.each([
    ['crash', 'ended by itself (exit code 3)'],
    ['garbage', 'writes what is no message'],
    ['length', 'a message is no JSON'],
    ['huge', 'a message of 1000000000000 bytes'],
  ] as const)('gives the model a sentence when the server does %s', async (fault, words) => {
    const { call } = await lspBench(FILES, { fault, at: 1 });
    const { text, isError } = await call({
      action: 'hover',
      path: 'src/a.ts',
      line: 1,
      column: 15,
    });
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });

  it('starts a server again that ended once, and leaves one alone that goes on ending', async () => {
    let starts = 0;
    const bench = await lspBench(FILES, () => ((starts += 1), { fault: 'crash', at: 1 }));
    const hover = { action: 'hover', path: 'src/a.ts', line: 1, column: 15 };
    for (let at = 0; at < 5; at += 1)
      expect((await bench.call(hover)).text).toContain('exit code 3');
    expect(starts).toBeLessThanOrEqual(3);
  });
});
