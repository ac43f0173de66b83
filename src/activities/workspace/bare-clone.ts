import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fetchArguments,
  readPersonalExcludes,
  writeDurableFile,
  type Git,
} from '../../platform/index.js';

/** Files that the person's git ignores without a `.gitignore` are part of no story either. */
export async function keepPersonalExcludes(gitDir: string, repository: string): Promise<void> {
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeDurableFile(bareExcludes(gitDir), await readPersonalExcludes(repository));
}

/** Ignore patterns of the person, in the bare clone. */
export function bareExcludes(gitDir: string): string {
  return join(gitDir, 'info', 'exclude');
}

const OWN_HEAD = '+HEAD:refs/codetether/source/HEAD';

/** Brings the commits of the person's branches and HEAD into the bare clone; the repository itself is only read. */
export async function fetchSource(git: Git, repository: string): Promise<void> {
  const [command = 'fetch', ...rest] = fetchArguments(repository, [
    '+refs/heads/*:refs/codetether/source/heads/*',
    OWN_HEAD,
  ]);
  const fetching = [command, '--update-shallow', '--prune'];
  const answer = await git.run([...fetching, ...rest], { accept: [128] });
  if (answer.exitCode === 0) return;
  // A repository without a commit has branches at most.
  const isUnborn = /couldn't find remote ref HEAD/.test(answer.stderr);
  await git.run([...fetching, ...(isUnborn ? rest.filter((part) => part !== OWN_HEAD) : rest)]);
}
