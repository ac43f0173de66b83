import type { z } from 'zod';
import { InvalidInputError } from '../domain/light/index.js';
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
  agents: 'agents are not configured by file yet; the build agent is used',
  ui: 'the screens have no settings yet',
  session: 'runs are always kept, and conversations are compacted by themselves',
};

/** A file's settings and the warnings about it. */
export interface CheckedFile<Settings> {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

/** Checks a file that the user wrote. Throws {@link InvalidInputError} with file, line and key. */
export function checkUserFile(file: TomlFile): CheckedFile<UserFile> {
  refuseKeys(file);
  const { rest, warnings } = withoutLegacyKeys(file);
  return { settings: parseWith(userFileSchema, { file, document: rest }), warnings };
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

/**
 * Checks a file that came with a project. Settings that need the user's trust are refused with the command that gives it:
 * `ERR_CONFIG_UNTRUSTED`, or `ERR_CONFIG_TRUST_CHANGED` when the file was trusted before somebody changed it. A trusted
 * file may say what the user's own may; an API key and `egress` never (`ERR_CONFIG_USER_ONLY`).
 */
export function checkProjectFile(
  file: TomlFile,
  { trust, userFile }: ProjectRights,
): CheckedFile<UserFile> {
  refuseKeys(file);
  refuseUserOnlyKeys(file, userFile);
  const { rest, warnings } = withoutLegacyKeys(file);
  const needed = sensitiveKeys(file);
  const [first] = needed;
  if (trust === 'trusted' || first === undefined) {
    const schema = trust === 'trusted' ? userFileSchema : projectFileSchema;
    return { settings: parseWith(schema, { file, document: rest }), warnings };
  }
  const isChanged = trust === 'changed';
  throw new InvalidInputError(isChanged ? 'ERR_CONFIG_TRUST_CHANGED' : 'ERR_CONFIG_UNTRUSTED', {
    message: isChanged
      ? `this project file was changed after you trusted it, and it sets ${needed.join(', ')}`
      : `a project file may not set ${needed.join(', ')} unless you trust it: it comes with the repository, not from you`,
    where: { file: file.path, field: first, line: file.lineOf(first.split('.')) },
    hint: `look at the file, then: codetether trust ${file.path}; settings of your own belong into ${userFile}`,
  });
}

function refuseUserOnlyKeys(file: TomlFile, userFile: string): void {
  const found = USER_ONLY_KEYS.find((key) => key in file.document);
  if (found === undefined) return;
  throw new InvalidInputError('ERR_CONFIG_USER_ONLY', {
    message: `a project file may not set ${found}, trusted or not: only you decide where code of strangers may connect to, what proves it and how much it may spend`,
    where: { file: file.path, field: found, line: file.lineOf([found]) },
    hint: `take it out; settings of your own belong into ${userFile}`,
  });
}

/** API keys come from Vault only, wherever in a file they stand. */
function refuseKeys(file: TomlFile): void {
  const found = findKey(file.document, []);
  if (found === undefined) return;
  const provider = found[0] === 'providers' && found.length > 2 ? String(found[1]) : 'PROVIDER';
  throw new InvalidInputError('ERR_CONFIG_API_KEY', {
    message: 'API keys are never read from files, only from Vault',
    where: { file: file.path, field: found.join('.'), line: file.lineOf(found) },
    hint: `delete the line and run: codetether auth set ${provider}`,
  });
}

function findKey(node: unknown, path: readonly string[]): string[] | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node)) {
    if (/^api[_-]?key$/i.test(key)) return [...path, key];
    const found = findKey(value, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
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

function withoutLegacyKeys(file: TomlFile): { rest: Record<string, unknown>; warnings: string[] } {
  const rest: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(file.document)) {
    const meaning = LEGACY_KEYS[key] ?? legacyPermissions(key, value) ?? legacyA2a(key, value);
    if (meaning === undefined) {
      rest[key] = value;
      continue;
    }
    const line = file.lineOf([key]);
    warnings.push(
      `${file.path}${line === undefined ? '' : `:${line}`}: ${key} is ignored: ${meaning}`,
    );
  }
  return { rest, warnings };
}

function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  input: { readonly file: TomlFile; readonly document: unknown },
): z.infer<Schema> {
  const result = schema.safeParse(input.document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw result.error;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  throw new InvalidInputError(
    unknown === undefined ? 'ERR_CONFIG_INVALID' : 'ERR_CONFIG_UNKNOWN_KEY',
    {
      message: unknown === undefined ? lowerFirst(issue.message) : `unknown key ${unknown}`,
      where: {
        file: input.file.path,
        field: path.map(String).join('.'),
        line: input.file.lineOf(path),
      },
      ...(unknown === undefined
        ? {}
        : { hint: nearestKeyHint(schema, { path: issue.path, key: unknown }) }),
    },
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function nearestKeyHint(
  schema: z.ZodType,
  unknown: { path: readonly PropertyKey[]; key: string },
): string {
  const known = knownKeys(schema, unknown.path);
  const nearest = known
    .map((name) => ({ name, distance: editDistance(name, unknown.key) }))
    .sort((left, right) => left.distance - right.distance)[0];
  if (nearest !== undefined && nearest.distance <= Math.max(2, unknown.key.length / 3)) {
    return `did you mean ${nearest.name}?`;
  }
  return `known keys here: ${known.join(', ')}`;
}

/** Keys that the schema knows at a path; records and arrays are entered whatever the step is called. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: SchemaNode | undefined = schema as SchemaNode;
  for (const step of path) node = childOf(unwrapped(node), step);
  return Object.keys(unwrapped(node)?.def.shape ?? {});
}

/** The parts of a zod definition that {@link knownKeys} walks. */
interface SchemaNode {
  readonly def: {
    readonly innerType?: SchemaNode;
    readonly valueType?: SchemaNode;
    readonly element?: SchemaNode;
    readonly shape?: Readonly<Record<string, SchemaNode>>;
  };
}

function unwrapped(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.def.innerType === undefined ? node : unwrapped(node.def.innerType);
}

function childOf(node: SchemaNode | undefined, step: PropertyKey): SchemaNode | undefined {
  return node?.def.shape?.[String(step)] ?? node?.def.valueType ?? node?.def.element;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution =
        (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
