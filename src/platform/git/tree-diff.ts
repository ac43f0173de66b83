/** What stands at a path of a tree. */
export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link) or `160000` (a repository of its own). */
  readonly mode: string;
  /** Object id. */
  readonly object: string;
}

/** Mode of a repository inside a repository: git keeps a commit id there and none of its files. */
export const REPOSITORY_MODE = '160000';

/** One file that differs between two trees. */
export interface ChangedFile {
  /** For people and for comparing; bytes that are no UTF-8 show as replacement characters. */
  readonly path: string;
  /** The path as git has it. */
  readonly rawPath: Buffer;
  readonly change: 'added' | 'modified' | 'deleted' | 'type-changed';
  /** Null where the path is missing before or after. */
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

/** What differs between two trees. */
export interface TreeDiff {
  readonly files: readonly ChangedFile[];
}

const CHANGES: Readonly<Record<string, ChangedFile['change']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  T: 'type-changed',
};

/** Parses `diff-tree -z --raw --no-abbrev`: `:MODE MODE ID ID STATUS` and path in turn, each ended by NUL. */
export function parseChangedFiles(output: Buffer): ChangedFile[] {
  const files: ChangedFile[] = [];
  let offset = 0;
  const next = (): Buffer | undefined => {
    const end = output.indexOf(0, offset);
    if (end < 0) return undefined;
    const part = output.subarray(offset, end);
    offset = end + 1;
    return part;
  };
  for (let facts = next(); facts !== undefined; facts = next()) {
    const rawPath = next();
    const [, oldMode, newMode, oldId, newId, status] =
      /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/.exec(facts.toString('latin1')) ?? [];
    const change = CHANGES[status ?? ''];
    if (rawPath === undefined || change === undefined) continue;
    files.push({
      path: rawPath.toString('utf8'),
      rawPath,
      change,
      before: entryOf(oldMode, oldId),
      after: entryOf(newMode, newId),
    });
  }
  return files;
}

function entryOf(mode: string | undefined, object: string | undefined): TreeEntry | null {
  return mode === undefined || object === undefined || /^0+$/.test(mode) ? null : { mode, object };
}
