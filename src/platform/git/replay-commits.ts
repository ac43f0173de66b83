import type { Git, GitIdentity } from './git.js';
import { mergeTrees } from './merge-trees.js';

/** Commits to be made again on another commit. */
export interface ReplayRequest {
  /** Oldest first, none of them a merge. */
  readonly commits: readonly string[];
  readonly onto: string;
  /** Author, date and message of each commit stay; this is who put it there. */
  readonly committer: GitIdentity;
  /** ISO 8601; with the same date the ids are the same on every retry. */
  readonly date: string;
}

/** What became of the commits. */
export type Replay =
  | {
      readonly kind: 'replayed';
      readonly head: string;
      /** Commits that changed nothing any more are left out. */
      readonly commits: readonly { readonly from: string; readonly to: string }[];
    }
  | {
      readonly kind: 'conflict';
      /** The commit that does not fit. */
      readonly commit: string;
      readonly files: readonly string[];
    };

/** Makes commits again on another commit, in the object store alone: a rebase or cherry-pick without files or refs. */
export async function replayCommits(git: Git, request: ReplayRequest): Promise<Replay> {
  let head = request.onto;
  const commits: { from: string; to: string }[] = [];
  for (const from of request.commits) {
    const original = await readCommit(git, from);
    if (original.parent === head) {
      head = from;
      commits.push({ from, to: from });
      continue;
    }
    const base = original.parent ?? EMPTY_TREE;
    const merged = await mergeTrees(git, { base, ours: head, theirs: from });
    if (merged.kind === 'conflict') return { kind: 'conflict', commit: from, files: merged.files };
    if (merged.tree === (await git.resolve(`${head}^{tree}`))) continue;
    const to = await git.commitTree({
      tree: merged.tree,
      parents: [head],
      message: original.message,
      author: original.author,
      authorDate: original.authorDate,
      committer: request.committer,
      date: request.date,
    });
    commits.push({ from, to });
    head = to;
  }
  return { kind: 'replayed', head, commits };
}

/** The tree without files: what the first commit of a repository is compared with (git knows it without storing it). */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

interface OriginalCommit {
  readonly parent: string | undefined;
  readonly author: GitIdentity;
  readonly authorDate: string;
  readonly message: string;
}

/** Value of the first line of a commit's header with this name; empty when there is none. */
function fieldOf(header: string, name: string): string {
  const line = header.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line?.slice(name.length + 1) ?? '';
}

async function readCommit(git: Git, commit: string): Promise<OriginalCommit> {
  const raw = (await git.run(['cat-file', 'commit', commit])).stdout.toString('utf8');
  const end = raw.indexOf('\n\n');
  const header = raw.slice(0, end);
  const [, name = '', email = '', time = '0', zone = '+0000'] =
    /^([^<]*) <([^>]*)> (\d+) ([+-]\d{4})$/.exec(fieldOf(header, 'author')) ?? [];
  return {
    parent: /^parent ([0-9a-f]+)$/m.exec(header)?.[1],
    author: { name, email },
    authorDate: `@${time} ${zone}`,
    message: raw.slice(end + 2),
  };
}
