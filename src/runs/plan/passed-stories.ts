import { InvalidInputError, type RunRecord, type Story } from '../../domain/index.js';
import { openUserRepository, type UserRepository } from '../../platform/index.js';

/** Stories that a PRD calls passed, and what their passing rests on. */
export interface PassedStoriesRequest {
  readonly stories: readonly Story[];
  readonly prdPath: string;
  readonly repository: string;
  /** Commit that the run would start from. */
  readonly base: string;
  /** Records of earlier runs, newest first. */
  readonly records: readonly RunRecord[];
  /** Believe the PRD. */
  readonly isTrusted: boolean;
}

/**
 * `passes: true` is tied to a commit: a story that a run passed must be in what the new run starts from, as that commit or
 * as a later one with its trailers. Gives notes for the plan. Throws `ERR_PASSED_STORY_MISSING` (exit 2) with the stories.
 */
export async function reviewPassedStories(request: PassedStoriesRequest): Promise<string[]> {
  const passed = request.stories.filter((story) => story.passes);
  if (passed.length === 0) return [];
  const repository = await openUserRepository(request.repository);
  const byHand: string[] = [];
  const missing: PassedBy[] = [];
  for (const { id } of passed) {
    const proof = findProof(request, id);
    if (proof === undefined) byHand.push(id);
    else if (!(await isContained(repository, request.base, proof))) missing.push(proof);
  }
  if (missing.length > 0 && !request.isTrusted) throw notInBase(request, missing);
  const notes: string[] = [];
  if (byHand.length > 0)
    notes.push(`no run on record passed ${few(byHand)}: believed as the PRD says`);
  if (missing.length > 0)
    notes.push(`${missing.map(({ id }) => id).join(', ')} believed without a commit in the base`);
  return notes;
}

/** Ids that one note names; a list that came from another tool may have hundreds. */
const NAMED_IDS = 8;

function few(ids: readonly string[]): string {
  const more = ids.length - NAMED_IDS;
  return `${ids.slice(0, NAMED_IDS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

interface PassedBy {
  readonly id: string;
  readonly runId: string;
  readonly commit: string;
  readonly branch: string;
  /** Commits that a merge made of it. */
  readonly merged: readonly string[];
}

/** The latest run of this PRD that committed the story. */
function findProof(request: PassedStoriesRequest, id: string): PassedBy | undefined {
  for (const record of request.records) {
    if (record.prdPath !== request.prdPath || record.repository !== request.repository) continue;
    const entry = record.stories.find(({ story }) => story.id === id);
    if (entry?.commit === null || entry === undefined) continue;
    return {
      id,
      runId: record.runId,
      commit: entry.commit,
      branch: record.publishedBranch ?? record.branch,
      merged: (record.merges ?? [])
        .filter((merge) => merge.stories.includes(id))
        .map((merge) => merge.commit),
    };
  }
  return undefined;
}

async function isContained(
  repository: UserRepository,
  base: string,
  proof: PassedBy,
): Promise<boolean> {
  for (const commit of [proof.commit, ...proof.merged]) {
    const { exitCode } = await repository.git.run(['merge-base', '--is-ancestor', commit, base], {
      accept: [1, 128],
    });
    if (exitCode === 0) return true;
  }
  // A rebase, a cherry-pick or a squash by hand keeps the trailers.
  const found = await repository.git.run([
    'log',
    '--max-count=1',
    '--format=%H',
    '--fixed-strings',
    '--all-match',
    `--grep=Codetether-Story: ${proof.id}`,
    `--grep=Codetether-Run: ${proof.runId}`,
    base,
  ]);
  return found.stdout.length > 0;
}

function notInBase(request: PassedStoriesRequest, missing: readonly PassedBy[]): InvalidInputError {
  const names = missing
    .slice(0, 10)
    .map(({ id, commit, branch }) => `${id} (${commit.slice(0, 10)}, was on ${branch})`);
  return new InvalidInputError('ERR_PASSED_STORY_MISSING', {
    message: `the PRD calls stories passed whose commits are not in the base ${request.base.slice(0, 10)}: ${names.join(', ')}`,
    where: { file: request.prdPath, field: 'passes', story: missing[0]?.id },
    hint: 'check out or merge that branch (codetether ralph merge RUN), set passes to false, or believe the PRD with --trust-passes',
    data: { stories: missing.map(({ id }) => id) },
  });
}
