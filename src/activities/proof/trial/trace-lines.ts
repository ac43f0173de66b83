import { posix } from 'node:path';

/** What one call of a traced process looked for. */
export interface LookedUp {
  /** Absolute. */
  readonly path: string;
  readonly isMiss: boolean;
}

const LONGEST_LINE = 8192;
const FORKS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** Reads the lines of a trace one after the other; knows where each process stands, so that relative names are found. */
export interface TraceReader {
  read(line: string): LookedUp | undefined;
}

/** Reader of what `strace -f -y` writes about a command that was started in `folder`. */
export function createTraceReader(folder: string): TraceReader {
  const family: Family = { folder, processes: new Map(), forking: new Map() };
  return {
    read(line) {
      const [, pid, event] = /^(\d{1,10}) {1,20}(\S.*)/.exec(line.slice(0, LONGEST_LINE)) ?? [];
      if (pid === undefined || event === undefined) return undefined;
      if (event.startsWith('+++')) return ended(family, pid);
      const process = known(family, pid);
      const call = whole(process, event);
      const name = /^(\w+)\(/.exec(call ?? process.begun)?.[1] ?? '';
      if (FORKS.has(name)) return forked(family, pid, call);
      if (call === undefined || line.length > LONGEST_LINE) return undefined;
      return name === 'fchdir' ? moved(process, call) : lookedUp(process, name, call);
    },
  };
}

/** The processes of a command. */
interface Family {
  readonly folder: string;
  readonly processes: Map<string, TracedProcess>;
  /** Folders of those that are within a call that makes another one; the last is the likeliest parent of one that nobody announced. */
  readonly forking: Map<string, string>;
}

function known({ folder, processes, forking }: Family, pid: string): TracedProcess {
  const found = processes.get(pid) ?? { cwd: [...forking.values()].at(-1) ?? folder, begun: '' };
  processes.set(pid, found);
  return found;
}

function ended({ processes, forking }: Family, pid: string): undefined {
  processes.delete(pid);
  forking.delete(pid);
}

/** A child stands where its parent does; `call` is undefined while it is being made. */
function forked(family: Family, pid: string, call: string | undefined): undefined {
  const { cwd } = known(family, pid);
  if (call === undefined) {
    family.forking.set(pid, cwd);
    return;
  }
  family.forking.delete(pid);
  const child = / = (\d+)/.exec(call)?.[1];
  if (child !== undefined && !family.processes.has(child))
    family.processes.set(child, { cwd, begun: '' });
}

interface TracedProcess {
  cwd: string;
  /** Start of a call that others interrupted; empty = none. */
  begun: string;
}

/** A call with its result; undefined while it goes on. */
function whole(process: TracedProcess, event: string): string | undefined {
  if (event.endsWith('<unfinished ...>')) {
    process.begun = event.slice(0, -'<unfinished ...>'.length);
    return undefined;
  }
  const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(event)?.[1];
  if (rest === undefined) return event;
  const call = `${process.begun}${rest}`;
  process.begun = '';
  return call;
}

function moved(process: TracedProcess, call: string): undefined {
  const folder = /^fchdir\(\d+<([^>]*)>\) += 0/.exec(call)?.[1];
  if (folder !== undefined) process.cwd = folder;
  return undefined;
}

/** `openat(AT_FDCWD</lane>, "src/add.js", O_RDONLY) = 3</lane/src/add.js>` */
function lookedUp(process: TracedProcess, name: string, call: string): LookedUp | undefined {
  const [, descriptor, folder, path] =
    /^\w+\((?:(AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"/.exec(call) ?? [];
  if (descriptor === 'AT_FDCWD' && folder !== undefined) process.cwd = folder;
  if (path === undefined || path === '' || path.includes('\\')) return undefined;
  const absolute = posix.resolve(folder ?? process.cwd, path);
  if (name === 'chdir' && call.endsWith(' = 0')) process.cwd = absolute;
  const isMiss = / = -1 ENOENT/.test(call);
  if (!isMiss && / = -1 /.test(call)) return undefined;
  return { path: absolute, isMiss };
}
