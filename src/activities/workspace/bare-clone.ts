import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fetchArguments,
  readPersonalExcludes,
  writeDurableFile,
  type Git,
} from '../../platform/index.js';

/**
 * Lanes hold the bytes that are committed, and commits the bytes that lie in lanes: no line ends, keywords or encodings are
 * converted, and no filter runs. A conversion would change files that no agent touched, and `no change` would pass for one.
 */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding\n';

/** Switches off every conversion that `.gitattributes` asks for, for everything that uses this bare clone. */
export async function keepBytes(gitDir: string): Promise<void> {
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeDurableFile(keptBytes(gitDir), ATTRIBUTES);
}

/** The file of a git folder that switches conversions off. */
export function keptBytes(gitDir: string): string {
  return join(gitDir, 'info', 'attributes');
}

/** Files that the person's git ignores without a `.gitignore` are part of no story either. */
export async function keepPersonalExcludes(gitDir: string, repository: string): Promise<void> {
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeDurableFile(bareExcludes(gitDir), await readPersonalExcludes(repository));
}

/** Ignore patterns of the person, in the bare clone. */
export function bareExcludes(gitDir: string): string {
  return join(gitDir, 'info', 'exclude');
}

/** Brings the commits of the person's branches and HEAD into the bare clone; the repository itself is only read. */
export async function fetchSource(git: Git, repository: string): Promise<void> {
  const [command = 'fetch', ...rest] = fetchArguments(repository, [
    '+refs/heads/*:refs/codetether/source/heads/*',
    '+HEAD:refs/codetether/source/HEAD',
  ]);
  await git.run([command, '--update-shallow', '--prune', ...rest]);
}
