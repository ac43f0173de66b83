import { spawn, spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashPoints, type CrashPoint } from '../../src/platform/fault/crash-points.js';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { type SandboxLevel } from '../../src/platform/sandbox/sandbox.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'test/support/crash-program.mjs');

/** Without a pid namespace daemons outlive the kill, and nothing here could be promised. */
const hasNamespace = async (level: SandboxLevel): Promise<boolean> =>
  (await detectSandbox(level)).kinds.includes('own-pid-namespace');
const isFullPossible = await hasNamespace('full');
const isProcessPossible = await hasNamespace('process');

/**
 * Which passes of a point the program has (`NAME@N` kills at the N-th), and what must have been killed before for the
 * point to be reached at all. A point that is not listed here fails the first test.
 */
const KILLS: Readonly<
  Record<
    Exclude<CrashPoint, `hook.${string}` | `platform.${string}`>,
    { readonly passes: number; readonly after?: CrashPoint }
  >
> = {
  'tool.before-settle': { passes: 9 },
  'redo.before-intent': { passes: 5 },
  'redo.after-intent': { passes: 5 },
  'redo.after-temporary': { passes: 5 },
  'redo.after-rename': { passes: 5 },
  'redo.after-done': { passes: 5 },
  'bash.before-base': { passes: 5 },
  'bash.after-base': { passes: 5 },
  'bash.after-started': { passes: 5 },
  'bash.during-run': { passes: 4 },
  'bash.after-run': { passes: 5 },
  'bash.after-post-tree': { passes: 5 },
  'bash.after-post-commit': { passes: 5 },
  'bash.after-ref-move': { passes: 5 },
  'bash.before-restore': { passes: 1, after: 'bash.during-run' },
  'bash.after-restore': { passes: 1, after: 'bash.during-run' },
  'tool.after-blob': { passes: 12 },
  'tool.after-settle': { passes: 9 },
};

/**
 * Passes of the program with hooks: one behind the file, three round each of three commands. What their own commits are killed at counts
 * too, because a hook is a command.
 */
const HOOK_KILLS = {
  'hook.before-run': 10,
  'hook.before-record': 10,
  'hook.after-record': 10,
  'bash.after-run': 13,
  'bash.after-ref-move': 13,
  'tool.after-blob': 5,
  'tool.after-settle': 3,
} as const satisfies Partial<Record<CrashPoint, number>>;

/** Passes of the program that only changes files: two new ones, two edited, a patch of three, an undo of three, one edited. */
const FILE_KILLS = {
  'redo.before-intent': 6,
  'redo.after-intent': 6,
  'redo.after-temporary': 9,
  'redo.after-rename': 11,
  'redo.after-done': 6,
} as const satisfies Partial<Record<CrashPoint, number>>;

interface Run {
  readonly signal: NodeJS.Signals | null;
  readonly results: readonly {
    readonly isError: boolean;
    readonly exitCode: number | null;
    readonly text: string;
  }[];
}

interface Start {
  readonly home: string;
  readonly level: SandboxLevel;
  readonly point?: string;
  readonly program?: 'commands' | 'files' | 'hooks';
}

const run = (home: string, level: SandboxLevel, point = ''): Promise<Run> =>
  start({ home, level, point });

async function start({ home, level, point = '', program = 'commands' }: Start): Promise<Run> {
  const options = [home, join(home, 'starts.txt'), level, point, program];
  const child = spawn(process.execPath, [PROGRAM, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_code, by) => resolve(by)),
  );
  return { signal, results: stdout === '' ? [] : (JSON.parse(stdout) as Run['results']) };
}

/** What is in the workspace, the two files with random or timed content reduced to what must hold of them. */
async function finalTree(home: string): Promise<Record<string, string>> {
  const root = join(home, 'workspaces/repo/lane/tree');
  const files: Record<string, string> = {};
  for (const path of (await readdir(root, { recursive: true })).toSorted()) {
    if ((await stat(join(root, path))).isDirectory()) continue;
    const content = await readFile(join(root, path), 'utf8');
    files[path] = content.replaceAll(/\d{3,}/g, 'N').replace(/^(tick\n)+$/, 'ticks');
  }
  return files;
}

const UNDISTURBED = {
  'count.txt': 'run once\nagain\nb\n',
  'end.txt': 'end\nxyxy',
  'moved/random.txt': 'N\n',
  'ticks.txt': 'ticks',
};

async function verify(home: string, last: Run): Promise<void> {
  expect(last.signal).toBeNull();
  expect(await finalTree(home)).toEqual(UNDISTURBED);
  expect(last.results.map(({ isError, exitCode }) => ({ isError, exitCode }))).toEqual([
    { isError: false, exitCode: null },
    { isError: false, exitCode: null },
    { isError: false, exitCode: 0 },
    { isError: false, exitCode: null },
    { isError: false, exitCode: 0 },
    { isError: false, exitCode: null },
    { isError: true, exitCode: 3 },
    { isError: false, exitCode: 0 },
    { isError: false, exitCode: null },
  ]);
  // The command saw its own line once: nothing of an interrupted run was left when it ran for good.
  expect(last.results[2]?.text).toMatch(/^run\n\[exit code 0;/);
  // The files stay as they are: no daemon of any attempt is alive.
  const before = await readFile(join(home, 'workspaces/repo/lane/tree/ticks.txt'), 'utf8');
  expect(spawnSync('pgrep', ['-f', 'echo tick >> ticks.txt'], { encoding: 'utf8' }).stdout).toBe(
    '',
  );
  expect(await readFile(join(home, 'workspaces/repo/lane/tree/ticks.txt'), 'utf8')).toBe(before);
}

beforeAll(() => {
  const built = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.core.json', 'tsconfig.node.json'],
    {
      cwd: REPOSITORY,
      encoding: 'utf8',
    },
  );
  expect(built.stdout).toBe('');
});

describe('the list of crash points', () => {
  it('is killed completely by this file, but for the platform worker', () => {
    const ofHooks = Object.keys(HOOK_KILLS).filter((point) => point.startsWith('hook.'));
    const known = [...Object.keys(KILLS), ...ofHooks];
    // those of the platform worker are in platform-link-kills.test.ts
    const own = crashPoints.filter((point) => !point.startsWith('platform.'));
    expect(known.toSorted()).toEqual(own.toSorted());
  });
});

describe.skipIf(!isFullPossible)('a program of edits and commands', () => {
  it('ends in the expected tree when nothing is killed', async () => {
    const home = await temporaryFolder();
    const first = await run(home, 'full');
    await verify(home, first);
    // The results were journaled: one more start answers the same and changes nothing.
    const second = await run(home, 'full');
    expect(second).toEqual(first);
    await verify(home, second);
  });

  it.each(Object.entries(KILLS))(
    'ends in the same tree when it is killed at %s',
    async (point, { passes, after }) => {
      // The first and the last pass: a fresh workspace, and one with history.
      for (const pass of new Set([1, passes])) {
        const home = await temporaryFolder();
        if (after !== undefined) expect((await run(home, 'full', after)).signal).toBe('SIGKILL');
        expect(
          (await run(home, 'full', `${point}@${pass}`)).signal,
          `${point}@${pass} is reached`,
        ).toBe('SIGKILL');
        await verify(home, await run(home, 'full'));
      }
    },
  );

  it('survives a kill at every third point in a row', async () => {
    const home = await temporaryFolder();
    for (const point of crashPoints.filter((_, index) => index % 3 === 0))
      await run(home, 'full', point);
    await verify(home, await run(home, 'full'));
  });
});

const HOOKED_LOG = [
  'any',
  ...['command', 'first', 'second'].flatMap((line) => ['before', line, 'behind', 'any']),
];

describe.skipIf(!isFullPossible)('a program of calls with hooks', () => {
  it.each(Object.entries(HOOK_KILLS))(
    'runs each hook and each command once when it is killed at %s',
    { timeout: 600_000 },
    async (point, passes) => {
      // the first, one in the middle and the last: fresh, between two hooks, and inside of a batch
      for (const pass of new Set([1, Math.ceil(passes / 2), passes])) {
        const home = await temporaryFolder();
        const killed = {
          home,
          level: 'full',
          point: `${point}@${pass}`,
          program: 'hooks',
        } as const;
        expect((await start(killed)).signal, `${point}@${pass} is reached`).toBe('SIGKILL');
        const last = await start({ home, level: 'full', program: 'hooks' });
        expect(last.results.map(({ isError }) => isError)).toEqual([false, false, false]);
        expect(last.results[1]?.text).toContain('[hook] said');
        const log = (await finalTree(home))['log.txt'];
        expect(log).toBe(`${HOOKED_LOG.join('\n')}\n`);
        // once more changes nothing
        expect(await start({ home, level: 'full', program: 'hooks' })).toEqual(last);
      }
    },
  );
});

describe('a program that changes several files at once', () => {
  it.each(Object.entries(FILE_KILLS))(
    'changes all of them or none when it is killed at %s, whichever file it is at',
    { timeout: 600_000 },
    async (point, passes) => {
      const undisturbed = await start({
        home: await temporaryFolder(),
        level: 'none',
        program: 'files',
      });
      for (let pass = 1; pass <= passes; pass += 1) {
        const home = await temporaryFolder();
        const killed = {
          home,
          level: 'none',
          point: `${point}@${pass}`,
          program: 'files',
        } as const;
        expect((await start(killed)).signal, `${point}@${pass} is reached`).toBe('SIGKILL');
        const last = await start({ home, level: 'none', program: 'files' });
        expect(last).toEqual(undisturbed);
        expect(last.results.map(({ isError }) => isError)).toEqual(last.results.map(() => false));
        expect(await finalTree(home)).toEqual({ 'a.txt': 'one one\ntwo\n', 'gone.txt': 'gone\n' });
      }
      // One more would not be reached: no file is forgotten.
      const beyond = { home: await temporaryFolder(), level: 'none', program: 'files' } as const;
      expect((await start({ ...beyond, point: `${point}@${passes + 1}` })).signal).toBeNull();
    },
  );
});

describe.skipIf(!isProcessPossible)('a step whose command runs without bubblewrap', () => {
  it.each([
    'bash.during-run',
    'bash.after-post-commit',
    'bash.after-ref-move',
    'redo.after-rename',
  ] as const)('happens once when it is killed at %s', async (point) => {
    const home = await temporaryFolder();
    expect((await run(home, 'process', point)).signal).toBe('SIGKILL');
    await verify(home, await run(home, 'process'));
  });
});
