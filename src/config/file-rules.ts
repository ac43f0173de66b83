import { InvalidInputError } from '../domain/light/index.js';
import { parseWith, type Parsed } from './keys/schema-problems.js';
import {
  projectFileSchema,
  USER_ONLY_KEYS,
  USER_WORKSPACE_KEYS,
  userFileSchema,
  type UserFile,
} from './schema.js';
import type { TomlFile } from './toml-file.js';

/** Keys of the earlier Rust tool and what stands for them here. */
const LEGACY_KEYS: Readonly<Record<string, string>> = {
  default_provider: 'the provider is the part of default_model before the first slash',
  agents:
    'agents of your own are Markdown files; codetether agents list shows them and where they lie',
  ui: 'the terminal UI has settings of its own: theme, colours and keys of [tui]',
  session: 'runs are always kept, and conversations are compacted by themselves',
};

/** A file's settings and the warnings about it. */
export interface CheckedFile<Settings> {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

/** All that is wrong with a file; `settings` where nothing is. */
export interface ExaminedFile {
  readonly settings: UserFile | undefined;
  readonly problems: readonly InvalidInputError[];
  readonly warnings: readonly string[];
}

/** Looks at a file that the user wrote, whatever is wrong with it. */
export function examineUserFile(file: TomlFile): ExaminedFile {
  const keys = apiKeyProblems(file);
  const { rest, warnings } = withoutLegacyKeys(file);
  return examined(keys, parseWith(userFileSchema, { file, document: rest }), warnings);
}

/** Checks a file that the user wrote. Throws {@link InvalidInputError} with file, line and key. */
export function checkUserFile(file: TomlFile): CheckedFile<UserFile> {
  return checked(examineUserFile(file));
}

function checked({ settings, problems, warnings }: ExaminedFile): CheckedFile<UserFile> {
  const [first] = problems;
  if (first !== undefined) throw first;
  return { settings: settings ?? {}, warnings };
}

function examined(
  before: readonly InvalidInputError[],
  parsed: Parsed<UserFile>,
  warnings: readonly string[],
): ExaminedFile {
  const refused = 'problems' in parsed ? parsed.problems : [];
  // An API key is no key of the schema either: it is named once.
  const known = new Set(before.map(({ where }) => where?.field));
  const problems = [...before, ...refused.filter(({ where }) => !known.has(where?.field))];
  const settings = 'settings' in parsed && problems.length === 0 ? parsed.settings : undefined;
  return { settings, problems, warnings };
}

/** How far the user trusts a project file, and where settings of the user's own belong. */
export interface ProjectRights {
  /** `changed`: trusted once, with another content. */
  readonly trust: 'trusted' | 'changed' | 'untrusted';
  readonly userFile: string;
}

/** Keys of a file that a project may only set when the user trusts it. */
export function sensitiveKeys(file: TomlFile): string[] {
  const allowed = Object.keys(projectFileSchema.shape);
  const { workspace } = file.document;
  const outside =
    typeof workspace === 'object' && workspace !== null
      ? USER_WORKSPACE_KEYS.filter((key) => key in workspace).map((key) => `workspace.${key}`)
      : [];
  return [
    ...Object.keys(file.document).filter(
      (key) => !allowed.includes(key) && key in userFileSchema.shape,
    ),
    ...outside,
  ];
}

/** Looks at a file that came with a project; see {@link checkProjectFile} for what is refused. */
export function examineProjectFile(file: TomlFile, rights: ProjectRights): ExaminedFile {
  const { rest, warnings } = withoutLegacyKeys(file);
  const before = [...apiKeyProblems(file), ...userOnlyProblems(file, rights.userFile)];
  const needed = sensitiveKeys(file).filter((key) => !USER_ONLY_KEYS.includes(key));
  const isWhole = rights.trust === 'trusted' || needed.length === 0;
  if (!isWhole) before.push(untrusted(file, { needed, ...rights }));
  return examined(before, parseWith(userFileSchema, { file, document: rest }), warnings);
}

/**
 * Checks a file that came with a project. Settings that need the user's trust are refused with the command that gives it:
 * `ERR_CONFIG_UNTRUSTED`, or `ERR_CONFIG_TRUST_CHANGED` when the file was trusted before somebody changed it. A trusted
 * file may say what the user's own may; an API key and `egress` never (`ERR_CONFIG_USER_ONLY`).
 */
export function checkProjectFile(file: TomlFile, rights: ProjectRights): CheckedFile<UserFile> {
  return checked(examineProjectFile(file, rights));
}

function untrusted(
  file: TomlFile,
  { needed, trust, userFile }: ProjectRights & { readonly needed: readonly string[] },
): InvalidInputError {
  const isChanged = trust === 'changed';
  const [first = ''] = needed;
  return new InvalidInputError(isChanged ? 'ERR_CONFIG_TRUST_CHANGED' : 'ERR_CONFIG_UNTRUSTED', {
    message: isChanged
      ? `this project file was changed after you trusted it, and it sets ${needed.join(', ')}`
      : `a project file may not set ${needed.join(', ')} unless you trust it: it comes with the repository, not from you`,
    where: { file: file.path, field: first, line: file.lineOf(first.split('.')) },
    hint: `look at the file, then: codetether trust ${file.path}; settings of your own belong into ${userFile}`,
  });
}

function userOnlyProblems(file: TomlFile, userFile: string): InvalidInputError[] {
  return USER_ONLY_KEYS.filter((key) => key in file.document).map(
    (found) =>
      new InvalidInputError('ERR_CONFIG_USER_ONLY', {
        message: `a project file may not set ${found}, trusted or not: only you decide where code of strangers may connect to, what proves it and how much it may spend`,
        where: { file: file.path, field: found, line: file.lineOf([found]) },
        hint: `take it out; settings of your own belong into ${userFile}`,
      }),
  );
}

/** API keys come from Vault only, wherever in a file they stand. */
function apiKeyProblems(file: TomlFile): InvalidInputError[] {
  return keysIn(file.document, []).map((found) => {
    const provider = found[0] === 'providers' && found.length > 2 ? String(found[1]) : 'PROVIDER';
    return new InvalidInputError('ERR_CONFIG_API_KEY', {
      message: 'API keys are never read from files, only from Vault',
      where: { file: file.path, field: found.join('.'), line: file.lineOf(found) },
      hint: `delete the line and run: codetether auth set ${provider}`,
    });
  });
}

function keysIn(node: unknown, path: readonly string[]): string[][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    /^api[_-]?key$/i.test(key) ? [[...path, key]] : keysIn(value, [...path, key]),
  );
}

const OLD_PERMISSIONS = ['rules', 'tools', 'paths'];

/** The earlier tool had a table of the same name with other keys, which it never enforced. */
function legacyPermissions(key: string, value: unknown): string | undefined {
  if (key !== 'permissions' || typeof value !== 'object' || value === null) return undefined;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => OLD_PERMISSIONS.includes(name))
    ? 'rules are lists here: allow, ask, deny and default'
    : undefined;
}

/** The earlier tool kept the server of its worker in a table of the same name. */
function legacyA2a(key: string, value: unknown): string | undefined {
  const isOurs =
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((name) => name === 'agents');
  return key === 'a2a' && !isOurs
    ? 'use [platform] server, name, codebases and auto_approve, or --server and --token, CODETETHER_SERVER and CODETETHER_TOKEN; agents elsewhere are [a2a.agents.NAME]'
    : undefined;
}

/** What stands for a key of the earlier tool, by its path; undefined for any other. */
export function legacyMeaning([first = '', second, third]: readonly string[]): string | undefined {
  if (first === 'providers' && third === 'organization') return ORGANIZATION;
  const value = second === undefined ? {} : { [second]: true };
  return meaningOf(first, value);
}

const ORGANIZATION = 'send it as a header: [providers.NAME.headers] "OpenAI-Organization" = "…"';

function meaningOf(key: string, value: unknown): string | undefined {
  return LEGACY_KEYS[key] ?? legacyPermissions(key, value) ?? legacyA2a(key, value);
}

function withoutLegacyKeys(file: TomlFile): { rest: Record<string, unknown>; warnings: string[] } {
  const rest: Record<string, unknown> = {};
  const warnings: string[] = [];
  const warn = (path: readonly string[], meaning: string): void => {
    const line = file.lineOf(path);
    const place = `${file.path}${line === undefined ? '' : `:${line}`}`;
    warnings.push(`${place}: ${path.join('.')} is ignored: ${meaning}`);
  };
  for (const [key, value] of Object.entries(file.document)) {
    const meaning = meaningOf(key, value);
    if (meaning !== undefined) warn([key], meaning);
    else rest[key] = key === 'providers' ? withoutOrganization(value, warn) : value;
  }
  return { rest, warnings };
}

/** The earlier tool kept the organisation of an account beside its key. */
function withoutOrganization(
  providers: unknown,
  warn: (path: readonly string[], meaning: string) => void,
): unknown {
  if (typeof providers !== 'object' || providers === null) return providers;
  const all: readonly [string, unknown][] = Object.entries(providers);
  const entries = all.map(([name, provider]): [string, unknown] => {
    if (typeof provider !== 'object' || provider === null || !('organization' in provider))
      return [name, provider];
    warn(['providers', name, 'organization'], ORGANIZATION);
    const others = Object.entries(provider).filter(([key]) => key !== 'organization');
    return [name, Object.fromEntries(others)];
  });
  return Object.fromEntries(entries);
}
