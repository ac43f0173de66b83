import { createReadStream } from 'node:fs';
import { access, constants, rm, stat } from 'node:fs/promises';
import { posix, delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { hostEnvironment, type WorkspaceFolders } from '../../../platform/index.js';

const LINES_LIMIT = 2_000_000;
const PATHS_LIMIT = 20_000;
const LONGEST_LINE = 8192;
const OPTIONS = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', 'trace=%file', '-o'];

/** What a traced command looked for below a folder, by paths relative to it. */
export interface Lookups {
  /** Files that it opened, asked about or started. */
  readonly reads: readonly string[];
  /** Paths that it looked for and did not find: whoever adds one of them changes what the command does. */
  readonly misses: readonly string[];
}

/** A way to trace one command in a lane, or undefined where there is no `strace`. */
export interface LookupTrace {
  /** Stands before the command. */
  readonly wrap: readonly string[];
  /** Reads the trace and removes it; undefined when none was written, for example where tracing is not allowed. */
  collect(): Promise<Lookups | undefined>;
}

/** Traces which files a command looks for, with `strace`. Only for commands of a base: others could notice. */
export async function traceLookups(lane: WorkspaceFolders): Promise<LookupTrace | undefined> {
  const program = await findProgram('strace');
  if (program === undefined) return undefined;
  const file = join(lane.state, 'home', 'lookups.trace');
  return {
    wrap: [program, ...OPTIONS, file],
    async collect() {
      try {
        if ((await stat(file)).size === 0) return undefined;
        return await parseTrace(file, lane);
      } catch {
        return undefined;
      } finally {
        await rm(file, { force: true });
      }
    },
  };
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (hostEnvironment()['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => folder !== '',
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

async function parseTrace(file: string, lane: WorkspaceFolders): Promise<Lookups> {
  const cwd = posix.join(lane.root, lane.workdir);
  const reads = new Set<string>();
  const misses = new Set<string>();
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    count += 1;
    if (count > LINES_LIMIT) break;
    const found = line.length > LONGEST_LINE ? undefined : parseLine(line, cwd);
    if (found === undefined) continue;
    const path = posix.relative(lane.root, found.path);
    if (path === '' || path.startsWith('..') || path.startsWith('.git/')) continue;
    const set = found.isMiss ? misses : reads;
    if (set.size < PATHS_LIMIT) set.add(path);
  }
  return {
    reads: [...reads].sort(),
    misses: [...misses].filter((path) => !reads.has(path)).sort(),
  };
}

/** `12 openat(AT_FDCWD</lane>, "src/add.js", O_RDONLY) = 3</lane/src/add.js>` */
function parseLine(
  line: string,
  cwd: string,
): { readonly path: string; readonly isMiss: boolean } | undefined {
  const call = /^\d+\s+\w+\((?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"/.exec(line);
  const name = call?.[2];
  if (name === undefined || name === '' || name.includes('\\')) return undefined;
  const folder = call?.[1] ?? cwd;
  const isMiss = / = -1 ENOENT/.test(line);
  if (!isMiss && / = -1 /.test(line)) return undefined;
  return { path: posix.resolve(folder, name), isMiss };
}
