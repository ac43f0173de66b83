import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createGit, underSignal } from '../../../../src/platform/index.js';
import { hasGitShells, runInShell, useGitShells } from '../../../../src/platform/git/git-shell.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const plain = { limitBytes: 1_000_000, timeoutMs: 10_000, signal: undefined };

beforeAll(() => useGitShells());

describe('shells that start git', () => {
  it('give back what a script prints, byte by byte, with its exit code', async () => {
    expect(hasGitShells()).toBe(true);
    const answer = await runInShell({
      ...plain,
      text: `printf 'a\\0b\\377'; printf 'oops' >&2; false`,
    });
    expect(answer).toEqual({ exitCode: 1, stdout: Buffer.from([97, 0, 98, 255]), stderr: 'oops' });
    const none = await runInShell({ ...plain, text: 'true' });
    expect(none).toEqual({ exitCode: 0, stdout: Buffer.alloc(0), stderr: '' });
  });

  it('run side by side, and one after the other when there are many', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        runInShell({ ...plain, text: `sleep 0.01; printf ${index}` }),
      ),
    );
    expect(answers.map(({ stdout }) => stdout.toString())).toEqual(
      Array.from({ length: 40 }, (_, index) => `${index}`),
    );
  });

  it('carry large output, and refuse what is too large', async () => {
    const big = await runInShell({ ...plain, text: 'head -c 900000 /dev/zero' });
    expect(big.stdout.length).toBe(900_000);
    await expect(runInShell({ ...plain, text: 'head -c 3000000 /dev/zero' })).rejects.toThrow(
      'gone',
    );
    expect((await runInShell({ ...plain, text: 'printf again' })).stdout.toString()).toBe('again');
  });

  it('end what they run when the work is cancelled, and live on', async () => {
    const abort = new AbortController();
    const begun = join(await temporaryFolder(), 'begun');
    const text = `: >'${begun}'; sleep 30`;
    const running = runInShell({ ...plain, signal: abort.signal, text });
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true));
    abort.abort();
    expect((await running).exitCode).not.toBe(0);
    expect((await runInShell({ ...plain, text: 'printf on' })).stdout.toString()).toBe('on');
  });

  it('are not asked again once they are gone', async () => {
    const pids = await Promise.all(
      Array.from({ length: 8 }, () => runInShell({ ...plain, text: 'sleep 0.05; printf $$' })),
    );
    for (const { stdout } of pids) process.kill(Number(stdout.toString()), 'SIGKILL');
    await vi.waitFor(() => {
      for (const { stdout } of pids)
        expect(() => process.kill(Number(stdout.toString()), 0)).toThrow('ESRCH');
    });
    for (let time = 0; time < 8; time += 1)
      expect((await runInShell({ ...plain, text: 'printf new' })).stdout.toString()).toBe('new');
  });

  it('are not waited for by work that is cancelled meanwhile', async () => {
    const gate = join(await temporaryFolder(), 'gate');
    const text = `until [ -e '${gate}' ]; do sleep 0.02; done; printf done`;
    const busy = Array.from({ length: 8 }, () => runInShell({ ...plain, text }));
    const abort = new AbortController();
    const late = runInShell({ ...plain, signal: abort.signal, text: 'printf late' });
    abort.abort();
    await expect(late).rejects.toThrow('cancelled before it began');
    writeFileSync(gate, '');
    expect((await Promise.all(busy)).map(({ stdout }) => stdout.toString())).toEqual(
      Array.from({ length: 8 }, () => 'done'),
    );
    expect((await runInShell({ ...plain, text: 'printf on' })).stdout.toString()).toBe('on');
  });

  it('hear a request to end that came before their command began', async () => {
    const folder = await temporaryFolder();
    const [begun, mark] = [join(folder, 'begun'), join(folder, 'mark')];
    const abort = new AbortController();
    // what asks first meets the shell alone; the command is asked again
    const text = `: >'${begun}'; while [ ! -e '${mark}' ]; do :; done; sleep 30; printf ended`;
    const running = runInShell({ ...plain, signal: abort.signal, text });
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true));
    abort.abort();
    writeFileSync(mark, '');
    expect((await running).stdout.toString()).toBe('ended');
    expect((await runInShell({ ...plain, text: 'printf on' })).stdout.toString()).toBe('on');
  });

  it('do what git does by itself: strange names, variables, several commands', async () => {
    const folder = join(await temporaryFolder(), "it's $HOME `x`");
    mkdirSync(folder, { recursive: true });
    execFileSync('git', ['init', '-q'], { cwd: folder });
    writeFileSync(join(folder, 'a "b" \'c\'.txt'), 'x\n');
    const git = createGit({
      gitDir: join(folder, '.git'),
      workTree: folder,
      indexFile: join(folder, '.git', 'own index'),
    });
    const empty = execFileSync('git', ['hash-object', '-w', '-t', 'tree', '/dev/null'], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
    const { tree, diff } = await git.stageDiff(empty);
    expect(diff.files.map(({ path }) => path)).toEqual(['a "b" \'c\'.txt']);
    expect((await git.readFile(tree, 'a "b" \'c\'.txt'))?.toString()).toBe('x\n');
    await expect(git.run(['rev-parse', 'nothing'])).rejects.toMatchObject({
      code: 'ERR_GIT_FAILED',
    });
    expect(await git.resolve('nothing')).toBeUndefined();
  });

  it('give the reason of the signal when git was cancelled', async () => {
    const folder = await temporaryFolder();
    execFileSync('git', ['init', '-q'], { cwd: folder });
    const git = createGit({ gitDir: join(folder, '.git') });
    const abort = new AbortController();
    abort.abort(new Error('stop'));
    await expect(underSignal(abort.signal, () => git.run(['status']))).rejects.toThrow('stop');
  });

  it('die with the process that uses them, and their command with them', async () => {
    const folder = await temporaryFolder();
    const program = join(folder, 'program.mjs');
    const source = new URL('../../../../dist/platform/git/git-shell.js', import.meta.url).pathname;
    writeFileSync(
      program,
      `import { runInShell, useGitShells } from ${JSON.stringify(source)};
import { writeFileSync } from 'node:fs';
useGitShells();
const text = 'setpriv --pdeathsig KILL sh -c ' + JSON.stringify('echo $$ > ${folder}/pid; exec sleep 60');
runInShell({ text, limitBytes: 1000, timeoutMs: 60000, signal: undefined }).catch(() => undefined);
setInterval(() => undefined, 1000);`,
    );
    const child = spawn(process.execPath, [program], { stdio: 'ignore' });
    const pid = await vi.waitFor(
      () =>
        Number(readFileSync(join(folder, 'pid'), 'utf8')) || Promise.reject(new Error('no pid')),
      10_000,
    );
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000);
  });
});
