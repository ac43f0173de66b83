import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { posix, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findExecutable, type WorkspaceFolders } from '../../../platform/index.js';
import type { RalphWork } from '../../workspace/dependencies.js';
import { runProofCommand } from '../run-check.js';
import { createTraceReader } from './trace-lines.js';

/** A trace of more is cut: what is looked for after that is not known. */
const TRACE_BYTES = 128 * 1024 * 1024;
const PATHS_LIMIT = 20_000;
const CALLS = '%file,?fchdir,?clone,?clone3,?fork,?vfork';
const OPTIONS = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', `trace=${CALLS}`, '-o'];
const PROBE_LIMIT_MS = 60_000;

/** What a traced command looked for below a folder, by paths relative to it. */
export interface Lookups {
  /** Files that it opened, asked about or started. */
  readonly reads: readonly string[];
  /** Paths that it looked for and did not find: whoever adds one of them changes what the command does. */
  readonly misses: readonly string[];
  /** True when it looked for more than is written down. */
  readonly isCut: boolean;
}

/** A way to trace one command in a lane, or undefined where there is no `strace`. */
export interface LookupTrace {
  /** Stands before the command. */
  readonly wrap: readonly string[];
  /** Where the trace is written. */
  readonly file: string;
  /** Reads the trace and removes it; undefined when none was written, for example where tracing is not allowed. */
  collect(): Promise<Lookups | undefined>;
}

/** Program that traces, by an absolute path outside of the lane; undefined where there is none. */
export function tracingProgram(lane: WorkspaceFolders): string | undefined {
  const program = findExecutable('strace');
  return program?.startsWith(`${lane.root}/`) === true ? undefined : program;
}

/**
 * Traces which files a command looks for, with `strace`. Only for commands of a base: others could notice. No more than `bytes` are written
 * down, and what comes after that is thrown away while the command goes on.
 */
export function traceLookups(
  lane: WorkspaceFolders,
  bytes: number = TRACE_BYTES,
): LookupTrace | undefined {
  const program = tracingProgram(lane);
  if (program === undefined) return undefined;
  const file = join(lane.state, 'home', 'lookups.trace');
  const quoted = `'${file.replaceAll("'", `'\\''`)}'`;
  return {
    wrap: [program, ...OPTIONS, `|head -c ${bytes} > ${quoted}; exec cat > /dev/null`],
    file,
    async collect() {
      try {
        const { size } = await stat(file);
        if (size === 0) return undefined;
        const lookups = await parseTrace(file, lane);
        return size < bytes ? lookups : { ...lookups, isCut: true };
      } catch {
        return undefined;
      } finally {
        await rm(file, { force: true });
      }
    },
  };
}

/** True when commands can be traced in the lane, so that a trace that is missing was lost. */
export async function canTrace(work: RalphWork, lane: WorkspaceFolders): Promise<boolean> {
  const trace = traceLookups(lane);
  if (trace === undefined) return false;
  await runProofCommand(work, lane, {
    argv: [...trace.wrap, 'true'],
    cwd: lane.root,
    timeoutMs: PROBE_LIMIT_MS,
    name: 'trace',
  });
  return (await trace.collect()) !== undefined;
}

async function parseTrace(file: string, lane: WorkspaceFolders): Promise<Lookups> {
  const reader = createTraceReader(posix.join(lane.root, lane.workdir));
  const reads = new Set<string>();
  const misses = new Set<string>();
  let isCut = false;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const found = reader.read(line);
    if (found === undefined) continue;
    const path = posix.relative(lane.root, found.path);
    if (path === '' || path.startsWith('..') || path.startsWith('.git/')) continue;
    const set = found.isMiss ? misses : reads;
    if (set.size < PATHS_LIMIT) set.add(path);
    else isCut ||= !set.has(path);
  }
  return {
    reads: [...reads].sort(),
    misses: [...misses].filter((path) => !reads.has(path)).sort(),
    isCut,
  };
}
