import { InvalidInputError, type Prd } from '../../domain/index.js';
import type { Config } from '../../config/index.js';
import type { RalphInput } from '../../contracts/index.js';
import type { CommitFiles, FirstCommit } from '../../platform/index.js';
import { localRunRecords } from '../local-ports.js';
import { reviewPassedStories } from './passed-stories.js';
import { repositoryNotes, type Workplace } from '../repository/repository-rules.js';
import { submoduleNotes } from '../repository/submodule-notes.js';
import { FALLBACK_AUTHOR, startCommit } from './start-commit.js';

/** What the command line says about where a run starts and what it may change. */
export interface BaseFlags {
  /** Believe `passes: true` without its commit. */
  readonly trustPasses?: boolean | undefined;
  /** The only files and folders that stories may change. */
  readonly paths?: readonly string[] | undefined;
}

/** A run whose repository and branch are known. */
export interface BaseRequest {
  readonly flags: BaseFlags;
  readonly config: Config;
  readonly prd: Prd;
  readonly prdPath: string;
  readonly place: Workplace;
  readonly branch: string;
}

/** The part of a run's input that says where it works and from what it starts. */
export type BasePlan = Pick<
  RalphInput,
  | 'repository'
  | 'workdir'
  | 'branch'
  | 'baseCommit'
  | 'baseBranch'
  | 'continuesBranch'
  | 'paths'
  | 'author'
  | 'notes'
>;

/** A base, and what lies in it. */
export interface PlannedBase {
  readonly plan: BasePlan;
  readonly files: CommitFiles;
  /** Set where the person has committed nothing yet. */
  readonly first: FirstCommit | null;
}

/** Earlier runs that are asked about passed stories, newest first. */
const RECORDS_REVIEWED = 1000;

/**
 * Lays out where a run works. Throws InvalidInputError `ERR_BRANCH_CONFLICT`, `ERR_PASSED_STORY_MISSING`,
 * `ERR_PATHS_INVALID`, `ERR_NO_COMMIT`.
 */
export async function planBase(request: BaseRequest): Promise<PlannedBase> {
  const { flags, config, place, branch } = request;
  const { facts } = place;
  const { base, author, files } = await startCommit(place, branch, config);
  const passNotes = await reviewPassedStories({
    stories: request.prd.stories,
    prdPath: request.prdPath,
    repository: facts.topLevel,
    base: base.commit,
    records: await localRunRecords(config.home).list(RECORDS_REVIEWED),
    isTrusted: flags.trustPasses ?? false,
  });
  const authorNotes =
    facts.identity === null
      ? [`git knows no user.name and user.email here; commits are by ${FALLBACK_AUTHOR.name}`]
      : [];
  const plan: BasePlan = {
    repository: facts.topLevel,
    workdir: place.workdir,
    branch,
    baseCommit: base.commit,
    baseBranch: base.baseBranch,
    continuesBranch: base.continuesBranch,
    paths: allowedPaths(flags.paths, config.paths),
    author,
    notes: [
      ...authorNotes,
      ...repositoryNotes(place, branch),
      ...(await submodulesThere(request, base.commit)),
      ...passNotes,
      ...firstNotes(base.first),
    ],
  };
  return { plan, first: base.first, files };
}

function firstNotes(first: FirstCommit | null): string[] {
  if (first === null) return [];
  const count = first.files.length;
  return [
    `the repository has no commit yet: the run starts from an empty one and ${count === 0 ? 'no file' : `the ${count} files as they are now`}; your repository gets these commits with the branch of the result`,
  ];
}

async function submodulesThere(
  { place, config }: BaseRequest,
  baseCommit: string,
): Promise<string[]> {
  if (place.traits.submodules.length === 0) return [];
  const allowedHosts = config.workspace.submoduleHosts ?? [];
  return submoduleNotes({ repository: place.facts.topLevel, baseCommit, allowedHosts });
}

/**
 * The paths that stories may change, relative to the repository, without `./` and final slashes; undefined = every path.
 * Throws `ERR_PATHS_INVALID` for one that leads outside.
 */
export function allowedPaths(
  flag: readonly string[] | undefined,
  configured: readonly string[] | null,
): string[] | undefined {
  const wanted = flag ?? configured ?? [];
  if (wanted.length === 0) return undefined;
  return wanted.map((path) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (path.startsWith('/') || parts.length === 0 || parts.includes('..')) {
      throw new InvalidInputError('ERR_PATHS_INVALID', {
        message: `"${path}" is not a path inside the repository`,
        where: { field: flag === undefined ? 'paths' : '--paths' },
        hint: 'name files or folders relative to the repository, for example --paths src,docs/api.md',
      });
    }
    return parts.join('/');
  });
}
