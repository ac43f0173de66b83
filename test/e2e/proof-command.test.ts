import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userGit } from '../support/ralph-bench.js';
import { runCommand, serviceHome, type ServiceHome } from '../support/service-home.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ADD_TEST = `const { test } = require('node:test');
const assert = require('node:assert');
test('adds', () => assert.strictEqual(require('../src/add.js').add(1, 2), 3));
`;
const manifest = (test: string) =>
  `{"name":"demo","version":"1.0.0","scripts":{"test":"${test}"}}\n`;

let home: ServiceHome;
let folder: string;

function commitOn(branch: string, files: Readonly<Record<string, string>>): void {
  userGit(folder, 'checkout', '--quiet', '-B', branch, 'main');
  write(files);
  userGit(folder, 'commit', '--quiet', '--all', '--message', branch);
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

const proof = (...words: readonly string[]) =>
  runCommand(['proof', ...words], { CODETETHER_HOME: home.path }, folder);

beforeAll(async () => {
  home = await serviceHome({}, { isKept: true });
  folder = mkdtempSync(join(tmpdir(), 'codetether-proof-'));
  userGit(folder, 'init', '--quiet', '--initial-branch', 'main');
  write({
    'package.json': manifest('node --test'),
    'src/add.js': 'exports.add = (a, b) => a + b;\n',
    'test/add.test.js': ADD_TEST,
  });
  userGit(folder, 'add', '--all');
  userGit(folder, 'commit', '--quiet', '--message', 'base');
  commitOn('cheat', {
    'package.json': manifest('true'),
    'src/add.js': 'exports.add = () => 0;\n',
  });
  commitOn('honest', { 'src/add.js': 'exports.add = (a, b) => b + a;\n' });
});
afterAll(async () => {
  await home.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('codetether proof', () => {
  it('passes an honest change, says how the base was found, and keeps a run', async () => {
    const { code, stdout, stderr } = await proof();
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'PASSED  every check passed on exactly the tree of the head',
    });
    expect(stderr).toMatch(/base {6}merge base with main \([0-9a-f]{10}\)/);
    const listed = await home.run('runs', 'list');
    expect(listed.stdout).toMatch(/passed .*: proof of HEAD on merge base with main/);
    const id = /^(\w{26}) /m.exec(listed.stdout)?.[1] ?? '';
    expect((await home.run('runs', 'show', id)).stdout).toBe(stdout);
    expect((await home.run('runs', 'report', id)).stdout).toContain('Model: none');
    expect((await home.run('runs', 'logs', id)).stdout).toContain('ok test: passed');
    const discarded = await home.run('ralph', 'discard', id);
    expect({ code: discarded.code, err: discarded.stderr }).toEqual({
      code: 2,
      err: expect.stringContaining('ERR_NOTHING_COMMITTED'),
    });
  });

  it('refuses a check that was made to pass, in one document', async () => {
    const { code, stdout } = await proof('test', '--head', 'cheat', '--base', 'main', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'proof',
      status: 'failed',
      verdict: 'refused',
      base: { name: 'main', commit: userGit(folder, 'rev-parse', 'main') },
      head: { name: 'cheat', commit: userGit(folder, 'rev-parse', 'cheat') },
      changed_check_definitions: ['package.json'],
      proof: {
        rounds: [
          { round: 'story', is_green: true },
          { round: 'base', is_green: false },
        ],
      },
    });
  });

  it.each([
    [['--head', 'nowhere'], 'ERR_REVISION_UNKNOWN'],
    [['--base', 'HEAD'], 'ERR_NOTHING_TO_PROVE'],
    [['no-such-check'], 'ERR_CHECK_UNKNOWN'],
  ])('is bad input: %j', async (words, error) => {
    const { code, stdout } = await proof(...words, '--json');
    expect({ code, error: (JSON.parse(stdout) as { error: { code: string } }).error.code }).toEqual(
      { code: 2, error },
    );
  });

  it('is bad input outside of a repository', async () => {
    const elsewhere = await temporaryFolder();
    const { code, stderr } = await runCommand(
      ['proof', 'true'],
      { CODETETHER_HOME: home.path },
      elsewhere,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('ERR_NOT_A_REPOSITORY');
  });

  it('is bad input where the base is red already', async () => {
    const { code, stdout } = await proof('false', '--base', 'main', '--head', 'honest');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^BASE RED {2}red on the base already: false \(false; exit code 1\)/m);
  });

  it('ends with 1 for a flag that --strict does not forgive', async () => {
    const words = ['true', '--base', 'main', '--head', 'honest', '--canaries', 'always'];
    const lenient = await proof(...words);
    expect(lenient.code).toBe(0);
    expect(lenient.stdout).toMatch(/Flag: check true cannot fail[\s\S]*PASSED WITH FLAGS/);
    expect((await proof(...words, '--strict')).code).toBe(1);
  });
});
