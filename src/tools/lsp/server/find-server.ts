import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readBounded, findExecutable, readLaneEnvironment } from '../../../platform/index.js';
import type { ToolWorkspace } from '../../tool.js';
import type { Language, ServerCandidate } from './language-table.js';

/** A program that serves a language in a workspace. */
export interface FoundServer {
  readonly candidate: ServerCandidate;
  /** Absolute. */
  readonly program: string;
}

/** A server that is not there is looked for again after this long: the agent may install one. */
const ABSENT_MS = 30_000;
const MAX_MANIFEST_BYTES = 256 * 1024;
/** Workspaces that are remembered. */
const MAX_KNOWN = 500;

/** Looks for servers, and remembers what it found. */
export type ServerFinder = (
  workspace: ToolWorkspace,
  language: Language,
) => Promise<FoundServer | undefined>;

/** A finder with a memory of its own: in a workspace without servers a look costs nothing for half a minute. */
export function createServerFinder(): ServerFinder {
  const known = new Map<string, { readonly at: number; readonly found: FoundServer | undefined }>();
  return async (workspace, language) => {
    const key = `${workspace.root}\0${workspace.workdir}\0${language.name}`;
    const entry = known.get(key);
    if (entry !== undefined && isGood(entry)) return entry.found;
    const found = await findServer(workspace, language);
    known.delete(key);
    known.set(key, { at: performance.now(), found });
    const oldest = known.size > MAX_KNOWN ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return found;
  };
}

function isGood({
  at,
  found,
}: {
  readonly at: number;
  readonly found: FoundServer | undefined;
}): boolean {
  return found === undefined ? performance.now() - at < ABSENT_MS : existsSync(found.program);
}

/** The first candidate that lies in the workspace's own packages, on the PATH of its commands, or on the host's. */
async function findServer(
  workspace: ToolWorkspace,
  { candidates }: Language,
): Promise<FoundServer | undefined> {
  const { extraEnv } = await readLaneEnvironment(workspace);
  const folders = [...ownFolders(workspace), ...(extraEnv['PATH'] ?? '').split(delimiter)];
  for (const candidate of candidates) {
    const program =
      findExecutable(candidate.program, folders.join(delimiter)) ??
      findExecutable(candidate.program);
    if (program === undefined) continue;
    if (await fitsTypescript(workspace, candidate)) return { candidate, program };
  }
  return undefined;
}

/** Where packages of the workspace put their programs: below its working folder and below its root. */
function ownFolders({ root, workdir }: ToolWorkspace): string[] {
  return [join(root, workdir), root].flatMap((folder) =>
    ['node_modules/.bin', '.venv/bin', 'venv/bin'].map((path) => join(folder, path)),
  );
}

/** The program that serves TypeScript depends on the version that the workspace has. */
async function fitsTypescript(
  { root, workdir }: ToolWorkspace,
  { typescript }: ServerCandidate,
): Promise<boolean> {
  if (typescript === undefined) return true;
  for (const folder of [join(root, workdir), root]) {
    const major = await majorOf(join(folder, 'node_modules', 'typescript', 'package.json'));
    if (major !== undefined) return typescript === 'from-7' ? major >= 7 : major < 7;
  }
  return typescript === 'before-7';
}

async function majorOf(manifest: string): Promise<number | undefined> {
  try {
    const text = await readBounded(manifest, MAX_MANIFEST_BYTES);
    const [, major] = /"version"\s{0,20}:\s{0,20}"(\d{1,4})\./.exec(text) ?? [];
    return major === undefined ? undefined : Number(major);
  } catch {
    // Not installed there, or no file that can be one.
    return undefined;
  }
}
