import { join, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/light/index.js';
import {
  checkProjectFile,
  checkUserFile,
  legacyMeaning,
  sensitiveKeys,
  type CheckedFile,
} from '../file-rules.js';
import { processEnvironment, type EnvironmentVariables } from '../light/environment.js';
import { userFolders } from '../paths.js';
import type { UserFile } from '../schema.js';
import { readConfigBytes, tomlFileOf, type TomlFile } from '../toml-file.js';
import { refuseLinkOut } from '../trust/project-link.js';
import { formatKeyPath, parseKeyPath } from './key-path.js';
import { readings } from './toml-value.js';

/** One key that shall be set, and where. */
export interface ChangeRequest {
  /** As it is written in a file, for example `providers.local.base_url`. */
  readonly key: string;
  readonly value: string;
  /** The folder whose `codetether.toml` is written; absent = the user's own file. */
  readonly project?: string | undefined;
  /** Another file of the user's own. */
  readonly configFile?: string | undefined;
  /** Default: that of this process. */
  readonly environment?: EnvironmentVariables;
}

/** A file as it shall be written, whole. */
export interface ConfigChange {
  readonly path: string;
  readonly text: string;
  /** Of a file that is made; an existing one keeps its own. */
  readonly mode: number;
  readonly key: string;
  readonly value: unknown;
  /** Plain sentences about what follows from it. */
  readonly notes: readonly string[];
}

/**
 * The file with one key set, checked as a whole and written by nobody yet. Throws {@link InvalidInputError}: `ERR_CONFIG_KEY`,
 * `ERR_CONFIG_API_KEY`, `ERR_CONFIG_UNKNOWN_KEY`, `ERR_CONFIG_INVALID`, `ERR_CONFIG_EDIT`, for a project `ERR_CONFIG_USER_ONLY` and
 * `ERR_CONFIG_UNTRUSTED`, and what is wrong with the file as it is.
 */
export async function planConfigChange(request: ChangeRequest): Promise<ConfigChange> {
  const { userFile } = userFolders(request.environment ?? processEnvironment());
  const isProject = request.project !== undefined;
  const target = isProject
    ? join(resolve(request.project), 'codetether.toml')
    : resolve(request.configFile ?? userFile);
  const path = parseKeyPath(request.key);
  refuseLegacyKey(path);
  if (isProject) refuseLinkOut(target);
  const before = await readText(target);
  const changed = await firstThatFits({ before, path, target, userFile, isProject }, request.value);
  return {
    path: target,
    text: changed.text,
    mode: isProject ? 0o644 : 0o600,
    key: formatKeyPath(path),
    value: changed.value,
    notes: isProject && sensitiveKeys(changed.file).length > 0 ? [trustAgain(target)] : [],
  };
}

function trustAgain(path: string): string {
  return `the file also says what needs your trust, and it has changed: codetether trust ${path}`;
}

/** The bytes have to survive as text: what is no UTF-8 would come back as something else. */
async function readText(path: string): Promise<string> {
  const bytes = await readConfigBytes(path);
  if (bytes === null) return '';
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  throw new InvalidInputError('ERR_CONFIG_SYNTAX', {
    message: 'not valid TOML: the file is not UTF-8',
    where: { file: path },
    hint: 'save it as UTF-8',
  });
}

interface Place {
  readonly before: string;
  readonly path: readonly string[];
  readonly target: string;
  readonly userFile: string;
  readonly isProject: boolean;
}

interface Changed {
  readonly text: string;
  readonly value: unknown;
  readonly file: TomlFile;
}

/** The first reading of the value that the schema takes; else what it says of the likeliest one. */
async function firstThatFits(place: Place, text: string): Promise<Changed> {
  tomlFileOf(place.target, Buffer.from(place.before));
  let problem: unknown;
  for (const value of readings(text)) {
    try {
      return await changedTo(value, place);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problem ??= error;
    }
  }
  throw problem;
}

async function changedTo(value: unknown, place: Place): Promise<Changed> {
  const { before, path, target } = place;
  const { setInToml } = await import('./toml-edit.js');
  if (place.isProject) refuseForProject(setInToml('', { path, value }), place);
  const text = setInToml(before, { path, value });
  const file = tomlFileOf(target, Buffer.from(text));
  unwritten(() => checkUserFile(file), place);
  return { text, value, file };
}

/** Only this key: what else the file says, its trust decides. */
function refuseForProject(text: string, place: Place): void {
  const file = tomlFileOf(place.target, Buffer.from(text));
  unwritten(() => checkProjectFile(file, { trust: 'untrusted', userFile: place.userFile }), place);
}

/** Lines of a file that was not written help nobody: what is refused is named by its key, and what to do is another command. */
function unwritten(check: () => CheckedFile<UserFile>, { path, isProject }: Place): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const isOfProject = isProject && /USER_ONLY|UNTRUSTED/.test(error.code);
    throw new InvalidInputError(error.code, {
      message: error.message,
      where: { file: error.where?.file, field: error.where?.field },
      hint: isOfProject
        ? `set it in your own file: codetether config set ${formatKeyPath(path)} VALUE`
        : hintFor(error),
      cause: error,
    });
  }
}

function hintFor({ code, hint }: InvalidInputError): string | undefined {
  return code === 'ERR_CONFIG_API_KEY' ? hint?.replace('delete the line and run: ', '') : hint;
}

/** What the earlier tool took and this one only warns about is not written anew. */
function refuseLegacyKey(path: readonly string[]): void {
  const meaning = legacyMeaning(path);
  if (meaning === undefined) return;
  throw new InvalidInputError('ERR_CONFIG_UNKNOWN_KEY', {
    message: `${formatKeyPath(path)} is a key of the earlier tool and has no effect`,
    where: { field: formatKeyPath(path) },
    hint: meaning,
  });
}
