import { sensitiveKeys } from '../file-rules.js';
import { USER_ONLY_KEYS } from '../schema.js';
import type { KeyDoc, KeyDocs } from './key-doc.js';
import { MACHINE_KEYS } from './table/machine.js';
import { MODEL_KEYS } from './table/models.js';
import { OUTSIDE_KEYS } from './table/outside.js';
import { WORK_KEYS } from './table/work.js';

/** Every key of a configuration file, as {@link schemaKeys} writes them; a test compares. */
export const DOCUMENTED_KEYS: KeyDocs = {
  ...WORK_KEYS,
  ...MODEL_KEYS,
  ...MACHINE_KEYS,
  ...OUTSIDE_KEYS,
};

/** Who may set a key: a project file as it comes, one that the user trusts, or no project file at all. */
export type KeyRights = 'project' | 'trusted' | 'user';

/** See {@link KeyRights}. */
export function rightsOf(path: readonly string[]): KeyRights {
  const [first = '', second = ''] = path.map((part) => part.replace('[]', ''));
  if (USER_ONLY_KEYS.includes(first)) return 'user';
  const document = { [first]: { [second]: true } };
  const file = { path: '', sha256: '', document, lineOf: () => undefined };
  return sensitiveKeys(file).length === 0 ? 'project' : 'trusted';
}

/** What is said about the key at a path, whatever the names in it are; undefined for a table or a key that is none. */
export function keyDoc(path: readonly string[]): KeyDoc | undefined {
  return Object.entries(DOCUMENTED_KEYS).find(([key]) => isPathOf(key.split('.'), path))?.[1];
}

/** True for a table or a key that a file may have. */
export function isConfigKey(path: readonly string[]): boolean {
  return Object.keys(DOCUMENTED_KEYS).some((key) =>
    isPathOf(
      key
        .split('.')
        .slice(0, path.length)
        .map((part) => part.replace('[]', '')),
      path,
    ),
  );
}

function isPathOf(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => part === 'NAME' || part === path[index])
  );
}

const RIGHTS = {
  project: 'any file',
  trusted: 'yours; a project file with `codetether trust`',
  user: 'yours',
} as const;

/** The rows of the table in docs/operations.md. */
export function keyTable(): string {
  const rows = Object.entries(DOCUMENTED_KEYS).map(([key, [fallback, meaning, section]]) => {
    const more = section === undefined ? '' : `; see [${section}](#${anchor(section)})`;
    return `| \`${key}\` | ${fallback} | ${RIGHTS[rightsOf(key.split('.'))]} | ${meaning}${more} |`;
  });
  return ['| key | default | whose file | meaning |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function anchor(section: string): string {
  return section
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
