import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import type { OfferedWorkspace } from '../../platform-link/index.js';

const NAME = /^[\w][\w.-]{0,99}$/;

/** What the user names of the repositories that the worker works for. */
export interface NamedCodebases {
  /** `--codebases`, or the names of the configuration; null = all that are configured. */
  readonly named: readonly string[] | null;
  /** Folders of `[workspaces.NAME]`, by name. */
  readonly configured: Readonly<Record<string, string>>;
  /** The current folder. */
  readonly folder: string;
}

/**
 * The repositories that a worker offers: each word is a name of the configuration, a folder, or `NAME=FOLDER`. Throws `ERR_CODEBASE` for
 * what is neither, and for two folders of one name.
 */
export async function offeredWorkspaces(codebases: NamedCodebases): Promise<OfferedWorkspace[]> {
  const { named, configured } = codebases;
  const words = named ?? Object.keys(configured);
  const found = new Map<string, OfferedWorkspace & { readonly path: string }>();
  for (const word of words) {
    const workspace = await workspaceOf(word, codebases);
    const other = found.get(workspace.name);
    if (other !== undefined && other.path !== workspace.path)
      throw refused(word, `another folder is called ${workspace.name} too: write NAME=FOLDER`);
    found.set(workspace.name, workspace);
  }
  return [...found.values()];
}

async function workspaceOf(
  word: string,
  { configured, folder }: NamedCodebases,
): Promise<{ readonly name: string; readonly path: string }> {
  const known = Object.hasOwn(configured, word) ? configured[word] : undefined;
  if (known !== undefined) return { name: word, path: known };
  const equals = word.indexOf('=');
  const path = resolve(folder, equals === -1 ? word : word.slice(equals + 1));
  const name = equals === -1 ? basename(path) : word.slice(0, equals);
  if (!NAME.test(name))
    throw refused(word, 'a name has letters, digits, - . _ only: write NAME=FOLDER');
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw refused(word, 'it is no folder, and no [workspaces.NAME] of your configuration');
  return { name, path };
}

function refused(word: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_CODEBASE', {
    message: `the codebase ${word.slice(0, 200)} cannot be offered: ${reason}`,
    where: { field: '--codebases' },
    hint: 'for example: codetether worker --codebases ~/work/shop,api=~/work/backend',
  });
}
