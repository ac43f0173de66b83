import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  LANGUAGES,
  languageId,
  languageOf,
} from '../../../../../src/tools/lsp/server/language-table.js';
import { OpenDocuments, uriOf } from '../../../../../src/tools/lsp/server/open-documents.js';
import { documentText, readDocument } from '../../../../../src/tools/lsp/server/read-document.js';
import { eventsBetween, markFiles } from '../../../../../src/tools/lsp/server/watched-files.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

function documents() {
  const said: [string, object][] = [];
  return { said, open: new OpenDocuments((method, params) => said.push([method, params])) };
}
const ts = (text: string) => ({ text, languageId: 'typescript' });

describe('open documents', () => {
  it('are told once, under versions that never come again', () => {
    const { said, open } = documents();
    expect(open.tell('/a.ts', ts('1')).version).toBe(1);
    expect(open.tell('/a.ts', ts('1')).version).toBe(1);
    expect(open.tell('/a.ts', ts('2')).version).toBe(2);
    expect(open.tell('/a.ts', ts('2'), true).version).toBe(3);
    open.close('/a.ts');
    open.close('/a.ts');
    expect(open.tell('/a.ts', ts('1')).version).toBe(4);
    expect(said.map(([method]) => method.slice('textDocument/'.length))).toEqual([
      'didOpen',
      'didChange',
      'didChange',
      'didClose',
      'didOpen',
    ]);
    expect(said[1]?.[1]).toEqual({
      textDocument: { uri: 'file:///a.ts', version: 2 },
      contentChanges: [{ text: '2' }],
    });
  });

  it('are closed from the one that was not used for the longest time', () => {
    const { said, open } = documents();
    for (let at = 0; at < 200; at += 1) open.tell(`/${at}.ts`, ts('x'));
    open.tell('/0.ts', ts('x'));
    open.tell('/more.ts', ts('x'));
    expect(said.at(-1)).toEqual([
      'textDocument/didClose',
      { textDocument: { uri: 'file:///1.ts' } },
    ]);
    expect(open.all()).toHaveLength(200);
    expect(open.get('/0.ts')?.text).toBe('x');
  });

  it('have addresses that servers can read', () => {
    expect(uriOf('/a b/é#.ts')).toBe('file:///a%20b/%C3%A9%23.ts');
  });
});

describe('a document on the disk', () => {
  it('is its text without a byte order mark, and nothing for what is no text of the workspace', async () => {
    const root = await temporaryFolder();
    const outside = await temporaryFolder();
    await writeFile(join(root, 'a.ts'), '\uFEFFx');
    await writeFile(join(root, 'binary.ts'), Buffer.from([0xff, 0xfe, 0]));
    await writeFile(join(root, 'large.ts'), 'x'.repeat(5 * 1024 * 1024));
    await writeFile(join(outside, 'secret.ts'), 'secret');
    await symlink(join(outside, 'secret.ts'), join(root, 'link.ts'));
    await symlink(outside, join(root, 'folder'));
    await mkdir(join(root, 'dir.ts'));
    expect(await readDocument(root, join(root, 'a.ts'))).toBe('x');
    for (const name of [
      'binary.ts',
      'large.ts',
      'link.ts',
      'folder/secret.ts',
      'dir.ts',
      'none.ts',
    ])
      expect(await readDocument(root, join(root, name))).toBeUndefined();
    expect(await readDocument(root, join(outside, 'secret.ts'))).toBeUndefined();
    expect(documentText(Buffer.from('a\0b'))).toBeUndefined();
  });
});

describe('watched files', () => {
  it('tell what was made, changed, moved and removed, of the files that matter', async () => {
    const root = await temporaryFolder();
    const language = languageOf('a.ts');
    if (language === undefined) throw new Error('no language');
    await mkdir(join(root, 'src'));
    await mkdir(join(root, 'node_modules/x'), { recursive: true });
    for (const name of [
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
      'notes.md',
      'node_modules/x/i.ts',
      'tsconfig.json',
    ])
      await writeFile(join(root, name), 'one');
    const before = await markFiles(root, language);
    expect([...before.keys()].map((path) => path.slice(root.length + 1)).toSorted()).toEqual([
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
      'tsconfig.json',
    ]);
    await writeFile(join(root, 'src/a.ts'), 'three');
    await rm(join(root, 'src/b.ts'));
    await rename(join(root, 'src/c.ts'), join(root, 'src/d.ts'));
    const events = eventsBetween(before, await markFiles(root, language));
    expect(
      events.map(({ path, type }) => `${type} ${path.slice(root.length + 1)}`).toSorted(),
    ).toEqual(['1 src/d.ts', '2 src/a.ts', '3 src/b.ts', '3 src/c.ts']);
    expect(await markFiles(join(root, 'none'), language)).toEqual(new Map());
  });
});

describe('the table of languages', () => {
  it('knows a language by the ending of a file', () => {
    expect(
      ['a.TS', 'b.jsx', 'c.pyi', 'd.go', 'e.rs', 'f.hpp', 'g.md', 'h'].map(
        (path) => languageOf(path)?.name,
      ),
    ).toEqual(['typescript', 'typescript', 'python', 'go', 'rust', 'cpp', undefined, undefined]);
    for (const language of LANGUAGES) {
      expect(language.candidates.length).toBeGreaterThan(0);
      expect(language.install).not.toBe('');
      for (const ending of Object.keys(language.endings)) {
        expect(ending).toMatch(/^\.[a-z]+$/);
        expect(languageId(language, `x${ending}`)).not.toBe('');
      }
    }
  });
});
