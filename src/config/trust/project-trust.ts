import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/light/index.js';
import {
  definitionFiles,
  definitionKind,
  digestOfFile,
  readDefinition,
} from './definition-trust.js';
import { checkUserFile, sensitiveKeys } from '../file-rules.js';
import { readTomlFile, type TomlFile } from '../toml-file.js';
import {
  addTrustedFile,
  readTrustedFiles,
  removeTrustedFile,
  type TrustedFile,
} from './trust-store.js';

/** One setting of a project file that needs trust. */
export interface SensitiveSetting {
  /** Dotted, for example `providers.local.base_url`. */
  readonly key: string;
  readonly value: unknown;
}

/** A project file as `codetether trust` shows it. */
export interface ProjectFileTrust {
  /** Absolute, in its real folder. */
  readonly path: string;
  readonly sha256: string;
  /** `harmless`: it sets nothing that needs trust. `changed`: it was trusted with another content. */
  readonly state: 'trusted' | 'changed' | 'untrusted' | 'harmless';
  readonly settings: readonly SensitiveSetting[];
}

/** A file of the list with what has become of it. */
export interface ListedFile extends TrustedFile {
  readonly state: 'trusted' | 'changed' | 'missing';
}

/** The project files of a folder, weakest first, whether they exist or not. */
export function projectFiles(folder: string): string[] {
  return [join(folder, 'codetether.toml'), join(folder, '.codetether', 'config.toml')];
}

/**
 * The path by which a project file is trusted: its name in the real folder. A link is known by where it lies, not by what
 * it points to, because paths in the file are relative to that place.
 */
export async function trustPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return join(await realpath(dirname(absolute)), basename(absolute));
  } catch {
    return absolute;
  }
}

/** How far a project file that was read is trusted. Throws `ERR_TRUST_STORE_INVALID`. */
export async function trustOf(
  home: string,
  file: TomlFile,
): Promise<'trusted' | 'changed' | 'untrusted'> {
  return trustOfFile(home, file);
}

/**
 * How far a file is trusted that is no configuration: by its place and exactly these bytes. Throws `ERR_TRUST_STORE_INVALID`.
 */
export async function trustOfFile(
  home: string,
  file: { readonly path: string; readonly sha256: string },
): Promise<'trusted' | 'changed' | 'untrusted'> {
  const path = await trustPath(file.path);
  const known = (await readTrustedFiles(home)).find((entry) => entry.path === path);
  if (known === undefined) return 'untrusted';
  return known.sha256 === file.sha256 ? 'trusted' : 'changed';
}

/**
 * What `codetether trust [FILE]` is about: the named project file, or every one of a folder. Throws InvalidInputError
 * `ERR_TRUST_FILE` when there is none, and what is wrong with a file, also an API key in it.
 */
export async function examineProjectFiles(
  home: string,
  target: string,
): Promise<readonly ProjectFileTrust[]> {
  const isFolder = await stat(target).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const paths = isFolder ? projectFiles(target) : [target];
  const found: ProjectFileTrust[] = await examineDefinitions(
    home,
    isFolder ? await definitionFiles(target) : [target],
  );
  for (const path of paths) {
    if (!isFolder && definitionKind(resolve(path)) !== undefined) continue;
    if (!isFolder) assertProjectName(path);
    const file = await readTomlFile(path);
    if (file !== null) found.push(await examine(home, file));
  }
  if (found.length > 0) return found;
  throw new InvalidInputError('ERR_TRUST_FILE', {
    message: isFolder ? `${target} has no project file` : `there is no file ${target}`,
    where: { file: target },
    hint: 'project files are codetether.toml and .codetether/config.toml',
  });
}

/** Agents, skills and hooks that a repository brings: each is used as a whole or not at all. */
async function examineDefinitions(
  home: string,
  paths: readonly string[],
): Promise<ProjectFileTrust[]> {
  const found: ProjectFileTrust[] = [];
  for (const name of paths) {
    const file = await readDefinition(resolve(name));
    if (file === undefined) continue;
    const path = await trustPath(file.path);
    const state = await trustOfFile(home, file);
    found.push({ path, sha256: file.sha256, state, settings: file.shown });
  }
  return found;
}

async function examine(home: string, file: TomlFile): Promise<ProjectFileTrust> {
  checkUserFile(file);
  const settings = sensitiveKeys(file).flatMap((key) => leaves(file.document[key], key));
  return {
    path: await trustPath(file.path),
    sha256: file.sha256,
    state: settings.length === 0 ? 'harmless' : await trustOf(home, file),
    settings,
  };
}

/** Puts an examined file on the list; exactly the content that was examined is trusted. */
export async function trustProjectFile(home: string, file: ProjectFileTrust): Promise<void> {
  await addTrustedFile(home, {
    path: file.path,
    sha256: file.sha256,
    trustedAt: new Date().toISOString(),
    keys: [...new Set(file.settings.map(({ key }) => key))],
  });
}

/** Takes a file off the list and gives its path. Throws `ERR_TRUST_FILE` when it is not on it. */
export async function revokeProjectFile(home: string, file: string): Promise<string> {
  const path = await trustPath(file);
  if (await removeTrustedFile(home, path)) return path;
  throw new InvalidInputError('ERR_TRUST_FILE', {
    message: `${path} is not trusted`,
    where: { file },
    hint: 'codetether trust --list shows the trusted files',
  });
}

/** Every file of the list with its present state. */
export async function listTrustedFiles(home: string): Promise<readonly ListedFile[]> {
  const files = await readTrustedFiles(home);
  return Promise.all(
    files.map(async (entry) => {
      const digest = await digestOfFile(entry.path);
      if (digest === null) return { ...entry, state: 'missing' as const };
      return { ...entry, state: digest === entry.sha256 ? 'trusted' : 'changed' } as const;
    }),
  );
}

function assertProjectName(path: string): void {
  const absolute = resolve(path);
  const name = basename(absolute);
  if (name === 'codetether.toml') return;
  if (name === 'config.toml' && basename(dirname(absolute)) === '.codetether') return;
  throw new InvalidInputError('ERR_TRUST_FILE', {
    message: `${path} is no project file, so trust would change nothing`,
    where: { file: path },
    hint: 'project files are codetether.toml, .codetether/config.toml, .claude/agents/*.md, SKILL.md, .claude/settings.json and .codex/hooks.json; another file is used with --config FILE',
  });
}

function leaves(value: unknown, key: string): SensitiveSetting[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ key, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ key, value: {} }];
  return entries.flatMap(([name, child]) => leaves(child, `${key}.${name}`));
}
