import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { canRun, ordinaryUser, type OrdinaryUser } from '../support/ordinary-user.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const PROGRAM = 'test/support/attack-program.mjs';
const SENTINEL = `SENTINEL-${'5f0c1e'}`;
const MIB = 1024 ** 2;

const sandbox = await detectSandbox();
const isFull = sandbox.level === 'full';
const isRoot = process.getuid?.() === 0;
const ordinary = ordinaryUser();
/** An ordinary user may run bubblewrap here. */
const isOrdinaryPossible = canRun(
  ordinary,
  'sh',
  '-c',
  `test -r ${ordinary.path(PROGRAM)} && exec bwrap --ro-bind / / --unshare-all true`,
);
const root: OrdinaryUser = {
  uid: null,
  path: (file) => fileURLToPath(new URL(`../../${file}`, import.meta.url)),
  command: (...command) => command,
};
const hasPython = spawnSync('/usr/bin/python3', ['--version']).status === 0;

interface Attacks {
  readonly [name: string]: unknown;
  readonly rights: string;
  readonly mounts: string;
  readonly proxied: Readonly<Record<string, unknown>>;
}

/** A home with secrets and two toolchains. */
async function secretHome(folder: string): Promise<string> {
  const home = join(folder, 'person');
  const files = [
    '.ssh/id',
    '.cargo/credentials.toml',
    '.m2/settings.xml',
    '.docker/config.json',
    '.pgpass',
    '.bash_history',
    '.mozilla/x',
    '.cargo/bin/tool',
    'tools/node/lib/part',
  ];
  for (const file of files) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), 'content\n');
  }
  await mkdir(join(home, 'tools/node/bin'));
  return home;
}

/** Runs the attacks as somebody, with two inherited descriptors and a sentinel in the environment. */
async function attacks(user: OrdinaryUser): Promise<Attacks> {
  const { uid } = user;
  const folder = await temporaryFolder();
  const home = await secretHome(folder);
  const work = join(folder, 'work');
  await mkdir(work);
  if (uid !== null) {
    await chmod(folder, 0o755);
    await run('chown', ['-R', `${uid}:${uid}`, work, home]);
  }
  const script = 'exec 40</etc/hosts 251</etc/hosts; exec "$@"';
  const attack = [process.execPath, user.path(PROGRAM), work];
  const [program = '', ...args] = user.command('bash', '-c', script, 'bash', ...attack);
  const socket = uid === null && isRoot ? `/var/lib/wall-${process.pid}.sock` : '';
  const path = ['/usr/local/bin', '/usr/bin', '/bin', join(home, 'tools/node/bin')].join(':');
  const env = { PATH: path, HOME: home, MY_SECRET: SENTINEL, WALL_SOCKET: socket, TMPDIR: work };
  const { stdout } = await run(program, args, { env, maxBuffer: 10 * MIB, timeout: 120_000 });
  return JSON.parse(stdout) as Attacks;
}

const USERS: readonly (readonly [name: string, user: OrdinaryUser, isPossible: boolean])[] = [
  ['root', root, isRoot && isFull],
  ['an ordinary user', ordinary, isOrdinaryPossible],
];

describe.each(USERS)('a sandboxed command of %s', (_name, user, isPossible) => {
  it.skipIf(!isPossible || !hasPython)(
    'gets nowhere by any of the known ways',
    async () => {
      const { mounts, rights, proxied, kinds, shm, ...seen } = await attacks(user);
      expect(rights.split('\n').slice(1)).toEqual([
        'CapEff:\t0000000000000000',
        'NoNewPrivs:\t1',
        'Seccomp:\t2',
      ]);
      expect(rights.split('\n')[0]).not.toBe('0');
      expect(kinds).toEqual(expect.arrayContaining(['limits', 'home-hidden', 'no-capabilities']));
      expect(seen).toEqual({
        level: 'full',
        reason: '',
        again: 'Seccomp:\t2',
        access: '',
        descriptors: expect.not.stringMatching(/^(40|251)$/m),
        sentinel: '0\nfound []',
        forks: expect.stringMatching(/^\d\d$/),
        limits: expect.stringMatching(/^\d{1,4}\n\d+\n\d+\n0$/),
        memory: 'MemoryError',
        calls: 'keyctl 1\nbpf 1\nio_uring 38\nvsock 97',
        loopback: expect.stringContaining('Connection refused'),
        socket: expect.not.stringContaining('canary'),
        secrets: 'content\ncontent',
      });
      expect(shm).toMatch(/No space left on device/);
      expect(shm).toContain(String(64 * MIB));
      expect(shm).toMatch(/\/dev\/x.*Read-only/);
      expect(proxied).toEqual({
        forms: Array.from({ length: 17 }, () => '403').join('\n'),
        loopback: expect.stringContaining('Connection refused'),
        status: '',
        refused: expect.arrayContaining(['127.0.0.1', 'localhost', '::1', '10.0.0.1']),
      });
      expect(unboundedMounts(mounts)).toEqual([]);
    },
    120_000,
  );
});

/** Writable file systems in memory that are not of a size of ours. */
function unboundedMounts(mounts: string): string[] {
  // A later mount at the same place lies over the earlier ones.
  const visible = new Map(mounts.split('\n').map((line) => [line.split(' ')[1], line]));
  return [...visible.values()].filter((line) => {
    const options = line.split(' ')[3]?.split(',') ?? [];
    const size = options.find((option) => option.startsWith('size='));
    const kilobytes = size === undefined ? Infinity : Number(size.replace(/^size=|k$/g, ''));
    return options.includes('rw') && kilobytes > 1024 ** 2;
  });
}

describe.skipIf(!isFull)('the wrapper of a sandboxed command', () => {
  it('takes every process along when it is killed', async () => {
    const folder = await temporaryFolder();
    const mark = `wall-${process.pid}-${Date.now()}`;
    const program = root.path('test/support/sandbox-program.mjs');
    const worker = spawn(process.execPath, [program, folder, JSON.stringify(sandbox), mark], {
      stdio: 'ignore',
    });
    const children = (): string =>
      spawnSync('pgrep', ['-P', String(worker.pid)], { encoding: 'utf8' }).stdout.trim();
    const marked = (): string =>
      spawnSync('pgrep', ['-f', `tick-${mark}`], { encoding: 'utf8' }).stdout.trim();
    await expect.poll(marked, { timeout: 20_000 }).not.toBe('');
    process.kill(Number(children().split('\n')[0]), 'SIGKILL');
    await expect.poll(marked, { timeout: 20_000 }).toBe('');
    worker.kill('SIGKILL');
  }, 60_000);
});
