import { basename, dirname, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/light/index.js';
import {
  examineProjectFile,
  examineUserFile,
  sensitiveKeys,
  type ExaminedFile,
} from '../file-rules.js';
import { processEnvironment } from '../light/environment.js';
import type { LoadConfigOptions } from '../layers.js';
import { loadConfig } from '../load.js';
import { userFolders } from '../paths.js';
import { ruleProblems } from '../rule-settings.js';
import { readTomlFile, type TomlFile } from '../toml-file.js';
import { refuseLinkOut } from '../trust/project-link.js';
import { projectFiles, trustOf } from '../trust/project-trust.js';

/** A file of the configuration with everything that is wrong with it. */
export interface ValidatedFile {
  readonly path: string;
  readonly exists: boolean;
  readonly problems: readonly InvalidInputError[];
  readonly warnings: readonly string[];
}

/**
 * Looks at one file, or at every file that counts here, and finds all problems of each at once; then at what only shows when the files
 * are put together. A named file that does not exist is a problem, others need not be there.
 */
export async function validateConfigFiles(
  options: LoadConfigOptions & { readonly file?: string | undefined } = {},
): Promise<ValidatedFile[]> {
  const environment = options.environment ?? processEnvironment();
  const folders = userFolders(environment);
  if (options.file !== undefined) {
    const path = resolve(options.file);
    const found = await validated(path, { folders, isProject: isProjectName(path) });
    return [found.exists ? found : missing(found)];
  }
  const named = options.configFile === undefined ? [] : [resolve(options.configFile)];
  const project = projectFiles(resolve(options.project ?? '.')).filter(
    (path) => !named.includes(path),
  );
  const files = [
    await validated(folders.userFile, { folders, isProject: false }),
    ...(await Promise.all(project.map((path) => validated(path, { folders, isProject: true })))),
    ...(await Promise.all(named.map((path) => validated(path, { folders, isProject: false })))),
  ].map((file) => (named.includes(file.path) && !file.exists ? missing(file) : file));
  if (files.some(({ problems }) => problems.length > 0)) return files;
  return together(files, { ...options, environment });
}

interface Role {
  readonly folders: ReturnType<typeof userFolders>;
  readonly isProject: boolean;
}

async function validated(path: string, role: Role): Promise<ValidatedFile> {
  try {
    if (role.isProject) refuseLinkOut(path);
    const file = await readTomlFile(path);
    if (file === null) return { path, exists: false, problems: [], warnings: [] };
    const { problems, warnings, settings } = await examine(file, role);
    const rules =
      settings === undefined ? [] : ruleProblems({ path, settings, lineOf: file.lineOf });
    return { path, exists: true, problems: [...problems, ...rules], warnings };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { path, exists: true, problems: [error], warnings: [] };
  }
}

async function examine(file: TomlFile, { folders, isProject }: Role): Promise<ExaminedFile> {
  if (!isProject) return examineUserFile(file);
  const { home, userFile } = folders;
  const trust = sensitiveKeys(file).length === 0 ? 'untrusted' : await trustOf(home, file);
  return examineProjectFile(file, { trust, userFile });
}

/** What no file shows alone, such as a model of a provider that no file names: it is put to the strongest file. */
async function together(
  files: readonly ValidatedFile[],
  options: LoadConfigOptions,
): Promise<ValidatedFile[]> {
  try {
    await loadConfig(options);
    return [...files];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const last = files.findLastIndex(({ exists }) => exists);
    return files.map((file, index) =>
      index === Math.max(0, last) ? { ...file, problems: [error] } : file,
    );
  }
}

function missing(file: ValidatedFile): ValidatedFile {
  const problem = new InvalidInputError('ERR_CONFIG_MISSING', {
    message: 'the configuration file does not exist',
    where: { file: file.path },
    hint: 'check the path; codetether config path lists the files that count here',
  });
  return { ...file, problems: [problem] };
}

/** By its name a file is one that comes with a project. */
function isProjectName(path: string): boolean {
  const name = basename(path);
  return (
    name === 'codetether.toml' ||
    (name === 'config.toml' && basename(dirname(path)) === '.codetether')
  );
}
