import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../../src/host/light/ports.js';

/** codetether 1.4.3 of PyPI, which cannot be started by its own command line. */
const LAUNCHER = `
import sys
import uvicorn
from a2a_server.enhanced_server import EnhancedA2AServer, create_enhanced_agent_card
from a2a_server.message_broker import InMemoryMessageBroker
from a2a_server.task_manager import InMemoryTaskManager
server = EnhancedA2AServer(create_enhanced_agent_card(), InMemoryTaskManager(), InMemoryMessageBroker())
uvicorn.run(server.app, host='127.0.0.1', port=int(sys.argv[1]), log_level='warning')
`;

/** The programs of a real platform: `.ci/run` installs them. */
export interface PlatformPrograms {
  /** Python with the package. */
  readonly python: string;
  /** Folder of the programs of PostgreSQL. */
  readonly postgres: string;
}

/** See {@link PlatformPrograms}; undefined where one is missing. */
export function findPlatformPrograms(): PlatformPrograms | undefined {
  const places = [process.env['CODETETHER_TEST_TOOLS'], process.env['PATH']]
    .join(delimiter)
    .split(delimiter);
  const python = places
    .map((place) => join(place, 'codetether-platform-python'))
    .find((path) => existsSync(path));
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const postgres = versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .find((folder) => existsSync(join(folder, 'initdb')));
  return python === undefined || postgres === undefined || databaseUser() === undefined
    ? undefined
    : { python, postgres };
}

/** PostgreSQL does not run as root: the user that its package makes. */
function databaseUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0)
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (ids.some(({ status }) => status !== 0)) return undefined;
  const [uid = 0, gid = 0] = ids.map(({ stdout }) => Number(stdout));
  return { uid, gid };
}

/** A real platform on loopback. */
export interface RealPlatform {
  readonly url: string;
  readonly token: string;
  /** What its log said, for failures. */
  readonly log: () => string;
  /** Kills the platform, not its database. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and the platform, each with files of its own and on a port of its own; everything else of it is on a closed port. */
export async function startRealPlatform(programs: PlatformPrograms): Promise<RealPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'codetether-platform-'));
  chmodSync(folder, 0o755);
  const database = await startDatabase(programs.postgres, folder);
  const launcher = join(folder, 'launch.py');
  await writeFile(launcher, LAUNCHER);
  const port = await freePort();
  const token = 'token-of-the-real-platform-1';
  const closed = await freePort();
  let log = '';
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(programs.python, [launcher, String(port)], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        DATABASE_URL: database.url,
        A2A_AUTH_TOKENS: `tests:${token}`,
        A2A_REDIS_URL: `redis://127.0.0.1:${closed}`,
        REDIS_URL: `redis://127.0.0.1:${closed}`,
        KEYCLOAK_URL: `http://127.0.0.1:${closed}`,
        VAULT_ADDR: `http://127.0.0.1:${closed}`,
      },
    });
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (part: Buffer) => {
        log = (log + part.toString('utf8')).slice(-20_000);
      });
    child = started;
    await answers(`http://127.0.0.1:${port}/v1/opencode/tasks`, () => log);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    log: () => log,
    kill,
    restart: start,
    async stop() {
      await kill();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startDatabase(
  programs: string,
  folder: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const user = databaseUser() ?? { uid: 0, gid: 0 };
  const place = join(folder, 'postgres');
  mkdirSync(place);
  chownSync(place, user.uid, user.gid);
  const data = join(place, 'data');
  const how = {
    uid: user.uid,
    gid: user.gid,
    cwd: place,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  };
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'];
  const made = spawnSync(join(programs, 'initdb'), init, { ...how, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const child = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      place,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
    ],
    { ...how, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (part: Buffer) => {
      log += part.toString('utf8');
      if (log.includes('ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(`postgres: ${log}`)));
  });
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
    },
  };
}

/** Waits until the address answers; fails after 90 s. */
async function answers(url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    if (Date.now() > deadline) throw new Error(`the platform never answered: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
