import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository } from './source-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codetether-programs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Files that a command loads, and its exit code. */
function loadedBy(words: readonly string[]): { readonly files: string[]; readonly status: number } {
  const list = join(folder, 'loaded');
  const hooks = `
    import { appendFileSync } from 'node:fs';
    export const load = (url, context, next) => {
      if (url.startsWith('file:')) appendFileSync(${JSON.stringify(list)}, url + '\\n');
      return next(url, context);
    };
  `;
  const start = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
  `;
  const { status } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(start)}`,
      join(repository, 'bin/codetether.js'),
      ...words,
    ],
    { env: { ...process.env, CODETETHER_HOME: join(folder, 'home') }, cwd: folder },
  );
  const files = execFileSync('sort', ['-u', list], { encoding: 'utf8' }).trim().split('\n');
  return { files, status: status ?? -1 };
}

/** True for a file of the joined program that holds Temporal's client. */
function connects(file: string): boolean {
  return /\bWorkflowClient = class\b/.test(readFileSync(file, 'utf8'));
}

const programs = join(repository, 'dist/programs');

describe('the joined command line', () => {
  it('holds the client of Temporal, in a file of its own', () => {
    const holders = readdirSync(programs).filter(
      (name) => name.endsWith('.js') && connects(join(programs, name)),
    );
    expect(holders.length).toBeGreaterThan(0);
    expect(holders).not.toContain('cli.js');
  });

  it.each(['--help', 'ps', 'runs list', 'auth list'])(
    'loads few files, no package and no client of Temporal for `%s`',
    (line) => {
      const { files, status } = loadedBy(line.split(' '));
      expect({
        status,
        outside: files.filter((url) => !/\/(?:bin|dist\/programs)\/[^/]+$/.test(url)),
        connects: files.filter((url) => connects(fileURLToPath(url))),
      }).toEqual({ status: 0, outside: [], connects: [] });
      expect(files.length).toBeGreaterThan(3);
      expect(files.length).toBeLessThan(60);
    },
  );

  it.each([
    ['--version', 1.5],
    ['--help', 3],
    ['ralph run --help', 3],
  ])('answers %s in less than %d times what an empty Node takes', (line, most) => {
    // Other work runs beside this: the quickest of each counts, measured in turns until it is enough.
    const quickest = { node: Infinity, ours: Infinity };
    const measure = (words: readonly string[]): number => {
      const start = performance.now();
      execFileSync(process.execPath, words, { stdio: 'ignore' });
      return performance.now() - start;
    };
    const program = join(repository, 'bin/codetether.js');
    for (let round = 0; round < 60; round += 1) {
      quickest.node = Math.min(quickest.node, measure(['-e', '0']));
      quickest.ours = Math.min(quickest.ours, measure([program, ...line.split(' ')]));
      if (round >= 5 && quickest.ours < quickest.node * most) break;
    }
    expect(quickest.ours / quickest.node).toBeLessThan(most);
  });

  it('tells with --debug where in the sources an error arose', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      [join(repository, 'bin/codetether.js'), '--debug', 'ralph', 'run', '-p', 'missing.json'],
      { env: { ...process.env, CODETETHER_HOME: join(folder, 'home') }, cwd: folder },
    );
    expect({ status, stack: /\/src\/cli\/ralph\/run\.ts:\d+/.test(String(stderr)) }).toEqual({
      status: 2,
      stack: true,
    });
  });
});

describe('bin/codetether.js', () => {
  const program = (text: string): string =>
    `export const main = () => { process.stdout.write('${text}'); };`;

  function install(files: Readonly<Record<string, { text: string; at: number }>>): string {
    cpSync(join(repository, 'bin'), join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"1.2.3"}');
    for (const [path, { text, at }] of Object.entries(files)) {
      const file = join(folder, 'dist', path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
      utimesSync(file, at, at);
    }
    return execFileSync(process.execPath, [join(folder, 'bin/codetether.js'), 'ps'], {
      encoding: 'utf8',
    });
  }

  const compiled = {
    'cli/main.js': { text: program('compiled'), at: 100 },
    '.core.tsbuildinfo': { text: '{}', at: 100 },
    '.node.tsbuildinfo': { text: '{}', at: 100 },
  };

  it.each([
    ['the compiled one when nothing was joined', compiled, 'compiled'],
    [
      'the joined one',
      { ...compiled, 'programs/cli.js': { text: program('joined'), at: 101 } },
      'joined',
    ],
    [
      'the joined one of a package whose files are all of one time',
      { ...compiled, 'programs/cli.js': { text: program('joined'), at: 100 } },
      'joined',
    ],
    [
      'the compiled one when the compiler ran since',
      { ...compiled, 'programs/cli.js': { text: program('joined'), at: 99 } },
      'compiled',
    ],
  ])('runs %s', (_name, files, expected) => {
    expect(install(files)).toBe(expected);
  });
});
