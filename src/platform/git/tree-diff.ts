/** One file that differs between two trees. */
export interface ChangedFile {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'deleted' | 'type-changed';
}

/** What differs between two trees. */
export interface TreeDiff {
  readonly files: readonly ChangedFile[];
  readonly insertions: number;
  readonly deletions: number;
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

/** Parses ` 2 files changed, 5 insertions(+), 1 deletion(-)`; absent parts are 0. */
export function parseShortStat(line: string): { insertions: number; deletions: number } {
  return {
    insertions: Number(/(\d+) insertion/.exec(line)?.[1] ?? 0),
    deletions: Number(/(\d+) deletion/.exec(line)?.[1] ?? 0),
  };
}
