import { isTestPath, type AddedLines } from '../../../domain/index.js';
import { createGit, type TreeDiff, type WorkspaceFolders } from '../../../platform/index.js';

const FILES_LIMIT = 300;
/** Of one file; its first ones say most. */
const LINES_LIMIT = 5000;
const PATCH_LINES_LIMIT = 1_000_000;

const PATCH: readonly string[] = [
  '-c',
  'core.quotePath=false',
  '--literal-pathspecs',
  'diff-tree',
  '-r',
  '-p',
  '--unified=0',
  '--no-color',
  '--no-ext-diff',
  '--text',
  '--no-textconv',
  '--no-renames',
];

/** The lines that a story added, file by file; binary ones as text. Bounded. */
export async function addedLines(
  lane: WorkspaceFolders,
  { from, to, diff }: { readonly from: string; readonly to: string; readonly diff: TreeDiff },
): Promise<AddedLines[]> {
  const paths = diff.files.filter(({ after }) => after !== null).map(({ path }) => path);
  if (paths.length === 0) return [];
  const answer = await createGit({ gitDir: lane.gitDir }).run([
    ...PATCH,
    from,
    to,
    '--',
    ...paths.slice(0, FILES_LIMIT),
  ]);
  return parsePatch(answer.stdout.toString('utf8'));
}

function parsePatch(patch: string): AddedLines[] {
  const files: { path: string; isTest: boolean; lines: { line: number; text: string }[] }[] = [];
  let number = 0;
  let isInHunk = false;
  for (const line of patch.split('\n').slice(0, PATCH_LINES_LIMIT)) {
    if (line.startsWith('diff --git ')) isInHunk = false;
    const path = isInHunk ? undefined : pathIn(line);
    const hunk = /^@@ -\S+ \+(\d+)/.exec(line);
    if (path !== undefined) {
      files.push({ path, isTest: isTestPath(path), lines: [] });
    } else if (hunk !== null) {
      number = Number(hunk[1]);
      isInHunk = true;
    } else if (isInHunk && line.startsWith('+')) {
      const lines = files.at(-1)?.lines;
      if (lines !== undefined && lines.length < LINES_LIMIT)
        lines.push({ line: number, text: line.slice(1) });
      number += 1;
    }
  }
  return files;
}

/** `+++ b/a.js`; names with quotes or control characters are written as in C. */
function pathIn(line: string): string | undefined {
  const quoted = /^\+\+\+ "b\/(.*)"$/.exec(line)?.[1];
  if (quoted === undefined) return /^\+\+\+ b\/(.+?)\t?$/.exec(line)?.[1];
  return quoted.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
