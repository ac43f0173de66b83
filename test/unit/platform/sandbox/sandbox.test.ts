import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandEnvironment } from '../../../../src/platform/sandbox/environment.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { runProcess, type ProcessResult } from '../../../../src/platform/process/run-process.js';
import { setHostEnvironment } from '../../../../src/platform/process/host-environment.js';
import { wrapCommand } from '../../../../src/platform/sandbox/wrap-command.js';
import { type Sandbox, type SandboxLevel } from '../../../../src/platform/sandbox/sandbox.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const LEVELS: readonly SandboxLevel[] = ['full', 'nested', 'process', 'none'];

async function run(
  level: SandboxLevel,
  script: string,
): Promise<ProcessResult & { root: string; home: string }> {
  const home = await temporaryFolder();
  const root = join(home, 'workspaces', 'tree');
  await mkdir(root, { recursive: true });
  await writeFile(join(home, 'secret.txt'), 'secret');
  const wrapped = await wrapCommand(await detectSandbox(level), {
    argv: ['bash', '-c', script],
    root,
    cwd: root,
    home: join(home, 'workspaces', 'home'),
    masked: [home],
    network: 'none',
    extraEnv: { CODETETHER_HOME: home, OPENAI_API_KEY: 'x', CI: '1' },
  });
  const result = await runProcess({ ...wrapped, timeoutMs: 20_000, maxOutputBytes: 10_000 });
  return { ...result, root, home };
}

describe.each(LEVELS)('a command at level %s or the strongest below it', (level) => {
  it('starts in the workspace, can write there, and reports its exit code', async () => {
    const result = await run(level, 'pwd; echo text > made.txt; echo err >&2; exit 7');
    expect(result.output.head).toBe(`${result.root}\nerr\n`);
    expect(result.exitCode).toBe(7);
    expect(await readFile(join(result.root, 'made.txt'), 'utf8')).toBe('text\n');
  });

  it('sees no key and a private home', async () => {
    const result = await run(level, 'env; echo "home=$HOME"; touch "$HOME/x" && echo writable');
    expect(result.output.head).not.toMatch(/OPENAI|CODETETHER_|VITEST/);
    expect(result.output.head).toContain(`home=${result.home}/workspaces/home`);
    expect(result.output.head).toContain('CI=1');
    expect(result.output.head).toContain('writable');
  });

  it('reads a folder that is kept readable inside a hidden one', async () => {
    const home = await temporaryFolder();
    const root = join(home, 'workspaces', 'tree');
    const objects = join(home, 'repo.git', 'objects');
    await mkdir(root, { recursive: true });
    await mkdir(objects, { recursive: true });
    await writeFile(join(objects, 'object'), 'content');
    const wrapped = await wrapCommand(await detectSandbox(level), {
      argv: ['bash', '-c', 'cat "$0/object"', objects],
      root,
      cwd: root,
      home: join(home, 'workspaces', 'home'),
      masked: [home],
      readable: [objects],
      network: 'none',
    });
    const result = await runProcess({ ...wrapped, timeoutMs: 20_000, maxOutputBytes: 1_000 });
    expect(result.output.head).toBe('content');
  });

  it('is stopped at its time limit', async () => {
    const home = await temporaryFolder();
    const wrapped = await wrapCommand(await detectSandbox(level), {
      argv: ['bash', '-c', 'trap "" TERM; while :; do sleep 0.1; done'],
      root: home,
      cwd: home,
      home: join(home, 'home'),
      masked: [],
      network: 'none',
    });
    const result = await runProcess({ ...wrapped, timeoutMs: 300, maxOutputBytes: 1_000 });
    expect(result.outcome).toBe('timed-out');
  }, 20_000);
});

describe('detectSandbox', () => {
  it('never promises more than was asked for and says why it is not full', async () => {
    for (const level of LEVELS) {
      const sandbox = await detectSandbox(level);
      expect(LEVELS.indexOf(sandbox.level)).toBeGreaterThanOrEqual(LEVELS.indexOf(level));
      if (level !== 'full' && sandbox.level === 'none') expect(sandbox.reason).not.toBe('');
    }
  });
});

describe.skipIf((await detectSandbox()).level !== 'full')('the full sandbox', () => {
  it('hides our state, keeps the rest read-only and leaves loopback alone', async () => {
    const result = await run(
      'full',
      'cat ../../secret.txt; touch /etc/x; (exec 3<>/dev/tcp/127.0.0.1/9) ; unshare --user true; ls /proc | grep -c "^[0-9]"',
    );
    expect(result.output.head).toContain('secret.txt: No such file');
    expect(result.output.head).toContain('Read-only file system');
    expect(result.output.head).toContain('Connection refused');
    expect(result.output.head).toMatch(/unshare failed/);
    expect(Number(result.output.head.trim().split('\n').at(-1))).toBeLessThan(8);
  });
});

/** Levels at which this host gives commands a pid namespace. */
const withNamespace = await Promise.all(
  (['full', 'process'] as const).map(async (level) => {
    const { kinds } = await detectSandbox(level);
    return [level, kinds.includes('own-pid-namespace')] as const;
  }),
);

describe.each(withNamespace)('a command at %s that leaves a daemon behind', (level, isPossible) => {
  it.skipIf(!isPossible)('takes the daemon with it', async () => {
    const script =
      'setsid bash -c "while :; do echo tick >> ticks.txt; done" >/dev/null 2>&1 & until [ -s ticks.txt ]; do :; done';
    const result = await run(level, script);
    const ticks = await readFile(join(result.root, 'ticks.txt'), 'utf8');
    await run(level, 'true');
    expect(await readFile(join(result.root, 'ticks.txt'), 'utf8')).toBe(ticks);
  });
});

describe('the watchdog, used where there are no namespaces', () => {
  const watchdog: Sandbox = {
    level: 'process',
    backend: 'watchdog',
    kinds: ['clean-environment', 'dies-with-worker'],
    reason: 'chosen by the test',
    program: '',
    setpriv: '',
  };
  const runWatched = async (
    script: string,
    timeoutMs: number,
  ): Promise<ProcessResult & { root: string }> => {
    const root = await temporaryFolder();
    const wrapped = await wrapCommand(watchdog, {
      argv: ['bash', '-c', script],
      root,
      cwd: root,
      home: join(root, 'home'),
      masked: [],
      network: 'none',
    });
    return { ...(await runProcess({ ...wrapped, timeoutMs, maxOutputBytes: 1_000 })), root };
  };

  it('reports output and exit code', async () => {
    const result = await runWatched('echo out; echo err >&2; exit 5', 20_000);
    expect([result.output.head, result.exitCode, result.outcome]).toEqual([
      'out\nerr\n',
      5,
      'exited',
    ]);
  });

  it.each([
    ['the end of the command', 'until [ -s ticks.txt ]; do :; done', 20_000],
    ['the time limit', 'trap "" TERM; while :; do sleep 0.1; done', 500],
  ])(
    'takes along processes that left the group, at %s',
    async (_when, rest, timeoutMs) => {
      const daemon =
        'setsid bash -c "while :; do echo tick >> ticks.txt; sleep 0.01; done" > /dev/null 2>&1 &';
      const { root } = await runWatched(`${daemon} ${rest}`, timeoutMs);
      const ticks = await readFile(join(root, 'ticks.txt'), 'utf8');
      await run('none', 'sleep 0.2');
      expect(await readFile(join(root, 'ticks.txt'), 'utf8')).toBe(ticks);
    },
    20_000,
  );
});

describe('commandEnvironment', () => {
  it('lets proxies through only with network, and drops names of secrets everywhere', () => {
    setHostEnvironment({
      PATH: '/usr/bin:/bin',
      HTTPS_PROXY: 'http://p',
      VAULT_TOKEN: 't',
      BAO_TOKEN: 't',
      TEMPORAL_API_KEY: 'k',
      OPENAI_BASE_URL: 'http://u',
      MY_API_KEY: 'k',
      LC_ALL: 'C',
    });
    const extra = { GITHUB_TOKEN: 'x', BAO_ADDR: 'a', AZURE_X: 'y', NODE_ENV: 'test' };
    expect(commandEnvironment({ home: '/h', hasNetwork: false, extra })).toEqual({
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      LC_ALL: 'C',
      TERM: 'dumb',
      HOME: '/h',
      NODE_ENV: 'test',
    });
    expect(commandEnvironment({ home: '/h', hasNetwork: true })['HTTPS_PROXY']).toBe('http://p');
  });
});
