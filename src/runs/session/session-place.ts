import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { processEnvironment } from '../../config/index.js';
import { InvalidInputError, type GitState } from '../../domain/index.js';
import {
  inspectRepository,
  setHostEnvironment,
  sha256,
  type RepositoryFacts,
} from '../../platform/index.js';

/** Where somebody says something. */
export interface SessionPlace {
  /** Absolute. */
  readonly folder: string;
  /** Top level of the repository around it; null = there is none. */
  readonly repository: string | null;
  readonly git: GitState | null;
}

/** Changed files that are looked at one by one: with more, only their names count. */
const FILES_LOOKED_AT = 500;

/** Where a folder lies, and how the repository around it stands. Reads only. */
export async function sessionPlace(cwd: string): Promise<SessionPlace> {
  setHostEnvironment(processEnvironment());
  const folder = await realpath(cwd);
  const facts = await repositoryFacts(folder);
  if (facts === undefined || facts.isBare) return { folder, repository: null, git: null };
  return { folder, repository: facts.topLevel, git: await gitStateOf(facts) };
}

/** How the repository of a session stands now; null where there is none any more. */
export async function gitStateAt(repository: string): Promise<GitState | null> {
  setHostEnvironment(processEnvironment());
  const facts = await repositoryFacts(repository);
  return facts === undefined ? null : gitStateOf(facts);
}

async function repositoryFacts(folder: string): Promise<RepositoryFacts | undefined> {
  try {
    return await inspectRepository(folder);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

async function gitStateOf(facts: RepositoryFacts): Promise<GitState> {
  const { branch, headCommit: head, dirtyFiles, topLevel } = facts;
  const lines = await Promise.all(
    dirtyFiles.map(async ({ path, state }, index) => {
      const marks = index < FILES_LOOKED_AT ? await marksOf(join(topLevel, path)) : '';
      return `${state} ${path} ${marks}`;
    }),
  );
  return {
    branch,
    head,
    dirtyFiles: dirtyFiles.length,
    dirtyDigest: lines.length === 0 ? '' : sha256(lines.toSorted().join('\n')),
  };
}

/** Size and time of a file: enough to see that it was written again. */
async function marksOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await lstat(path);
    return `${size} ${mtimeMs}`;
  } catch {
    return 'gone';
  }
}
