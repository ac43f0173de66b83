import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGitProcess } from '../../../src/platform/git/git-process.js';
import { createView } from '../../../src/platform/workspace/view.js';
import { openWorkspace } from '../../../src/platform/workspace/workspace.js';
import { listDirTool } from '../../../src/tools/files/list-dir.js';
import { readFileTool } from '../../../src/tools/files/read-file.js';
import { globTool } from '../../../src/tools/search/glob.js';
import { grepTool } from '../../../src/tools/search/grep.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { callTool, toolContext } from '../../support/tool-context.js';

const REF = { id: 'key/run/view', workdir: '.' };
const FILES = {
  'a.ts': 'seen here\n',
  ':(top)x.ts': 'seen here\n',
  'sub/b.ts': 'seen here\n',
  'sub/.env.example': 'seen here\n',
  'kept/tracked.log': 'seen here\n',
  '.env': 'seen here\n',
  'sub/server.KEY': 'seen here\n',
  'out/c.ts': 'seen here\n',
  'sub/d.log': 'seen here\n',
  'inner/e.ts': 'seen here\n',
  'inner/f.tmp': 'seen here\n',
};
/** What is shown of them where git has nothing to say. */
const NAMED = ['.env', 'sub/server.KEY'];
const IGNORED = ['out/c.ts', 'sub/d.log', 'inner/f.tmp'];
const ALL = Object.keys(FILES).toSorted();

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const git = (cwd: string, ...args: string[]) => runGitProcess({ args, env: {}, cwd });

async function viewOf(prepare: (folder: string) => Promise<void>, below = '.') {
  const root = await temporaryFolder();
  const folder = join(root, 'work');
  write(folder, FILES);
  await prepare(folder);
  await createView(join(root, 'home'), REF.id, join(folder, below));
  return toolContext(await openWorkspace(join(root, 'home'), REF));
}

async function inRepository(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet');
  write(folder, { '.gitignore': 'out/\n*.log\n', 'inner/.gitignore': '*.tmp\n' });
  await git(join(folder, 'inner'), 'init', '--quiet');
  await git(folder, 'add', '--force', 'kept/tracked.log');
}

/** What each tool shows of the files. */
async function shown(context: Awaited<ReturnType<typeof viewOf>>) {
  const found = async (work: ReturnType<typeof callTool>): Promise<string[]> => {
    const lines = (await work).text.split('\n');
    return ALL.filter((path) => lines.some((line) => line === path || line.startsWith(`${path}:`)));
  };
  const reads = await Promise.all(
    ALL.map(async (path) => {
      const { isError } = await callTool(readFileTool, { path }, context);
      return isError ? [] : [path];
    }),
  );
  const lists = await Promise.all(
    ['.', 'sub', 'out', 'kept', 'inner'].map(async (path) => {
      const { text } = await callTool(listDirTool, { path }, context);
      const names = text.split('\n').map((line) => join(path, line.replace(/ \(.*$/, '')));
      return ALL.filter((name) => names.includes(name));
    }),
  );
  return {
    read: reads.flat(),
    listed: lists.flat().toSorted(),
    globbed: await found(callTool(globTool, { pattern: '**/{*,.*}' }, context)),
    found: await found(callTool(grepTool, { pattern: 'seen' }, context)),
    foundByPath: await found(callTool(grepTool, { pattern: 'seen', include: '**/*' }, context)),
  };
}

describe('tools in a view of a folder', () => {
  it('see what git does not ignore, by every repository in it, and nothing with the name of a secret', async () => {
    const hidden = new Set([...NAMED, ...IGNORED]);
    const left = ALL.filter((path) => !hidden.has(path));
    const seen = await shown(await viewOf(inRepository));
    // what is tracked is shown by name; searches leave out what a pattern ignores
    const searched = left.filter((path) => path !== 'kept/tracked.log');
    expect(seen).toEqual({
      read: left,
      listed: left,
      globbed: searched,
      found: searched,
      foundByPath: left,
    });
  });

  it('see all but names of secrets where there is no repository', async () => {
    const left = ALL.filter((path) => !NAMED.includes(path));
    expect(await shown(await viewOf(() => Promise.resolve()))).toEqual({
      read: left,
      listed: left,
      globbed: left,
      found: left,
      foundByPath: left,
    });
  });

  it('see a folder that is ignored as a whole when they are asked in it', async () => {
    const context = await viewOf(inRepository, 'out');
    const { text } = await callTool(readFileTool, { path: 'c.ts' }, context);
    expect(text).toBe('1\tseen here');
    expect((await callTool(listDirTool, {}, context)).text).toBe('c.ts (10 bytes)');
  });

  it.each([['.'], ['sub']])(
    'see what is tracked, and nothing else, in %s of a repository that ignores everything',
    async (below) => {
      const context = await viewOf(async (folder) => {
        await git(folder, 'init', '--quiet');
        write(folder, { '.gitignore': '*\n', 'sub/own.txt': 'seen here\n' });
        await git(folder, 'add', '--force', 'sub/b.ts', 'a.ts');
      }, below);
      const { text } = await callTool(listDirTool, { path: '.' }, context);
      expect(text).toBe(below === '.' ? 'sub/\na.ts (10 bytes)' : 'b.ts (10 bytes)');
      const own = await callTool(
        readFileTool,
        { path: below === '.' ? 'sub/own.txt' : 'own.txt' },
        context,
      );
      expect(own.isError).toBe(true);
    },
  );

  it('see nothing in a repository that ignores everything and tracks nothing', async () => {
    const context = await viewOf(async (folder) => {
      await git(folder, 'init', '--quiet');
      write(folder, { '.gitignore': '*\n' });
    });
    expect((await callTool(listDirTool, {}, context)).text).toBe('(. is empty)');
  });

  it('see nothing of .git, however it is named, and say why', async () => {
    const context = await viewOf(inRepository);
    const asked = ['.git/config', 'inner/.git/config', '.git', 'sub/../.git/HEAD', '.env'];
    for (const path of asked) {
      const { isError, text } = await callTool(readFileTool, { path }, context);
      expect([isError, text]).toEqual([
        true,
        `${path}: not shown: files of git, files that it ignores, and names of secrets`,
      ]);
    }
    const hits = [
      await callTool(grepTool, { pattern: 'bare', path: '.git' }, context),
      await callTool(listDirTool, { path: '.git' }, context),
    ];
    expect(hits.map(({ isError }) => isError)).toEqual([true, true]);
    const all = await callTool(grepTool, { pattern: 'bare', include: '.git/**' }, context);
    expect(all.text).toBe('No match for bare.');
  });
});
