/** One file that differs between two trees. */
export interface ChangedFile {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'deleted' | 'type-changed';
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

/** Parses `diff-tree -z --name-status`: status and path in turn, each ended by NUL. */
export function parseChangedFiles(output: string): ChangedFile[] {
  const parts = output.split('\0');
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const change = CHANGES[(parts[index] ?? '').slice(0, 1)];
    const path = parts[index + 1];
    if (change !== undefined && path !== undefined) files.push({ path, change });
  }
  return files;
}
