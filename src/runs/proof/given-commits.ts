import { InvalidInputError } from '../../domain/index.js';
import { answerOrNull, openForReading } from '../../platform/index.js';

/** A commit, and what it is called on the screen. */
export interface GivenCommit {
  readonly name: string;
  readonly commit: string;
  readonly tree: string;
}

/** What is compared with what. */
export interface GivenCommits {
  readonly base: GivenCommit;
  readonly head: GivenCommit;
}

/** What the command line says of them; absent = found. */
export interface CommitFlags {
  readonly base?: string | undefined;
  readonly head?: string | undefined;
}

/** Branches that others start from, as they are called where nothing says it. */
const TRUNKS = ['origin/main', 'origin/master', 'main', 'master'];

/**
 * The commits of a proof. Without `--base`: where the head left the default branch, else where it left its upstream, else the
 * commit before it. Throws InvalidInputError `ERR_REVISION_UNKNOWN`, `ERR_NO_COMMIT`, `ERR_PROOF_BASE` and, when there is nothing
 * between them, `ERR_NOTHING_TO_PROVE`.
 */
export async function givenCommits(
  repository: { readonly topLevel: string; readonly isShallow: boolean },
  flags: CommitFlags,
): Promise<GivenCommits> {
  const git = await openForReading(repository.topLevel);
  const about = { git, ...repository };
  const head = await named(about, flags.head ?? 'HEAD', '--head');
  const base =
    flags.base === undefined
      ? await findBase(about, head)
      : await named(about, flags.base, '--base');
  if (base.tree === head.tree) {
    throw new InvalidInputError('ERR_NOTHING_TO_PROVE', {
      message: `${describe(head)} has the same files as ${describe(base)}, so there is nothing to prove`,
      where: { file: repository.topLevel, field: '--base' },
      hint: 'commit the change first, or name other commits with --base REF and --head REF',
    });
  }
  return { base, head };
}

type SimpleGit = Awaited<ReturnType<typeof openForReading>>;

interface About {
  readonly git: SimpleGit;
  readonly topLevel: string;
  readonly isShallow: boolean;
}

function describe({ name, commit }: GivenCommit): string {
  return `${name} (${commit.slice(0, 10)})`;
}

async function named(about: About, name: string, field: string): Promise<GivenCommit> {
  const found = await lookUp(about.git, name, name);
  if (found !== undefined) return found;
  const isUnborn =
    name === 'HEAD' &&
    (await answerOrNull(about.git, ['rev-parse', '--verify', '--quiet', 'HEAD'])) === null;
  if (isUnborn) {
    throw new InvalidInputError('ERR_NO_COMMIT', {
      message: 'the repository has no commit yet, so there is nothing to prove',
      where: { file: about.topLevel },
      hint: 'commit something, change it, and commit again',
    });
  }
  const shallow = about.isShallow
    ? 'the clone is shallow: fetch its history (git fetch --unshallow; fetch-depth: 0 of actions/checkout), or '
    : '';
  throw new InvalidInputError('ERR_REVISION_UNKNOWN', {
    message: `the repository knows no commit "${name}"`,
    where: { file: about.topLevel, field },
    hint: `${shallow}name a branch, a tag or a commit that git log shows`,
  });
}

/** Words that git would take for options, or that leave the commit, are no names. */
async function lookUp(
  git: SimpleGit,
  revision: string,
  name: string,
): Promise<GivenCommit | undefined> {
  if (revision.startsWith('-') || revision.trim() === '' || revision.includes('\0'))
    return undefined;
  const ask = (peeled: string): Promise<string | null> =>
    answerOrNull(git, ['rev-parse', '--verify', '--quiet', '--end-of-options', peeled]);
  const commit = await ask(`${revision}^{commit}`);
  const tree = commit === null ? null : await ask(`${commit}^{tree}`);
  return commit === null || tree === null ? undefined : { name, commit, tree };
}

async function findBase(about: About, head: GivenCommit): Promise<GivenCommit> {
  const { git } = about;
  const remote = await answerOrNull(git, [
    'rev-parse',
    '--abbrev-ref',
    '--verify',
    '--quiet',
    'origin/HEAD',
  ]);
  const upstream = await answerOrNull(git, [
    'rev-parse',
    '--abbrev-ref',
    '--verify',
    '--quiet',
    '@{upstream}',
  ]);
  const others = [remote, ...TRUNKS, upstream].filter((name) => name !== null && name !== '');
  for (const other of new Set(others)) {
    if (other === null || (await lookUp(git, other, other)) === undefined) continue;
    const commit = await answerOrNull(git, ['merge-base', head.commit, other]);
    if (commit === null || commit === head.commit) continue;
    const found = await lookUp(git, commit, `merge base with ${other}`);
    if (found !== undefined) return found;
  }
  const before = await lookUp(git, `${head.commit}~1`, `the commit before ${head.name}`);
  if (before !== undefined) return before;
  throw new InvalidInputError('ERR_PROOF_BASE', {
    message: `${describe(head)} is the first commit that is here, so there is none to compare it with`,
    where: { file: about.topLevel, field: '--base' },
    hint: about.isShallow
      ? 'the clone is shallow: fetch its history (git fetch --unshallow; fetch-depth: 0 of actions/checkout), or name the base with --base REF'
      : 'name the base with --base REF',
  });
}
