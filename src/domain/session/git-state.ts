import { z } from 'zod';

/** Where a person's repository stood at a moment: enough to say that it moved since. */
export const gitStateSchema = z.object({
  /** Null when HEAD was detached. */
  branch: z.string().max(500).nullable(),
  /** Null before the first commit. */
  head: z.string().max(64).nullable(),
  dirtyFiles: z.number().int().nonnegative(),
  /** Digest over names and states of the changed files; empty when there is none. */
  dirtyDigest: z.string().max(64),
});

/** See {@link gitStateSchema}. */
export type GitState = z.infer<typeof gitStateSchema>;

const SHOWN = 10;

/** What became different in the repository since the prompt before, in sentences; empty when nothing did. Pure. */
export function movedSince(before: GitState | null, now: GitState | null): string[] {
  if (before === null || now === null) return [];
  const moved: string[] = [];
  if (before.branch !== now.branch)
    moved.push(
      `the repository is on ${branchName(now)}; at the prompt before it was on ${branchName(before)}`,
    );
  if (before.head !== now.head)
    moved.push(`HEAD of the repository moved from ${commitName(before)} to ${commitName(now)}`);
  if (before.dirtyDigest !== now.dirtyDigest)
    moved.push(
      `uncommitted changes in the repository are others than at the prompt before (${count(before)} then, ${count(now)} now)`,
    );
  return moved;
}

function branchName({ branch }: GitState): string {
  return branch ?? 'no branch';
}

function commitName({ head }: GitState): string {
  return head?.slice(0, SHOWN) ?? 'no commit';
}

function count({ dirtyFiles }: GitState): string {
  return dirtyFiles === 1 ? '1 file' : `${dirtyFiles} files`;
}
