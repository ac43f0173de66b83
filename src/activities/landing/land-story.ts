import { z } from 'zod';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import {
  formatModelReference,
  InfrastructureError,
  toUsd,
  attemptRecordSchema,
  modelReferenceSchema,
  storySchema,
  visible,
} from '../../domain/index.js';
import {
  createGit,
  describeLock,
  listWorktrees,
  type Git,
  moveBranch,
  openUserRepository,
  type BranchMove,
  type HeldLock,
  bareRepository,
  runRef,
} from '../../platform/index.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { markStoryPassed } from './prd-file.js';
import { appendProgress, progressEntry } from './progress-file.js';

const landStorySchema = z.object({
  ...journaledFields,
  repository: z.string(),
  branch: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  model: modelReferenceSchema,
  author: z.object({ name: z.string(), email: z.string() }),
  parent: z.string(),
  tree: z.string().min(1),
  committedAt: z.string(),
  /** False for a story that was committed without any check: the PRD does not say `passes` then. */
  isVerified: z.boolean().default(true),
});

/** What {@link landStory} needs. */
export type LandStoryRequest = Omit<z.output<typeof landStorySchema>, 'key' | 'events'>;

const landedStorySchema = z.object({
  commit: z.string(),
  branch: z.string(),
  notes: z.array(z.string()),
});

/** A story that landed; `branch` shows it, and may not be the wanted one. */
export type LandedStory = z.infer<typeof landedStorySchema>;

/** Commit by compare-and-swap, publication, PRD and progress file. Fails with `ERR_REF_MOVED`, `ERR_PUBLISH_FAILED`. */
export const landStoryStep = defineStep<RalphDependencies>()({
  input: landStorySchema,
  journal: {
    result: landedStorySchema,
    identity: ({ branch, story, tree, parent }) => ({ branch, story: story.id, tree, parent }),
  },
  holds: ({ runId }) => [runId],
  claim: (input) => planned(input, ['repository', 'prdPath']),
  run: (input, { dependencies }) => landStory(dependencies, input),
});

/**
 * Commits exactly the proven tree on the run's ref by compare-and-swap, publishes the ref to a branch of the user's
 * repository, marks the story passed in the PRD and writes progress.txt. Every part is idempotent.
 */
export async function landStory(
  dependencies: RalphDependencies,
  request: LandStoryRequest,
): Promise<LandedStory> {
  const gitDir = bareRepository(dependencies.home, request.repository);
  const git = createGit({ gitDir });
  const message = commitMessage(request);
  const known = await ownCommit(git, request, message);
  const commit =
    known ??
    (await git.commitTree({
      tree: request.tree,
      parents: [request.parent],
      message,
      author: request.author,
      date: request.committedAt,
    }));
  if (known === undefined)
    await git.updateRef({ ref: runRef(request.runId), next: commit, expected: request.parent });
  const published = await publish(request, { gitDir, commit });
  const notes = [...published.notes];
  if (request.isVerified) {
    const updated = await markStoryPassed(request.prdPath, request.story.id, request.runId);
    if (updated.note !== '') notes.push(updated.note);
  }
  await appendProgress(
    request.prdPath,
    progressEntry({ runId: request.runId, story: request.story, attempt: request.attempt, commit }),
  );
  return { commit, branch: published.branch, notes };
}

/** The commit that an execution before a reset made of the same story, at another time; undefined when the ref is where the run left it. */
async function ownCommit(
  git: Git,
  { runId, parent, tree }: LandStoryRequest,
  message: string,
): Promise<string | undefined> {
  const answer = await git.run(['log', '-1', '--format=%H%n%T%n%P%n%B', runRef(runId)], {
    accept: [128],
  });
  const [commit = '', itsTree, itsParents, ...lines] = answer.stdout.toString('utf8').split('\n');
  const isOwn =
    itsTree === tree && itsParents === parent && lines.join('\n').trim() === message.trim();
  return isOwn && commit !== '' ? commit : undefined;
}

/** Subject `feat(US-001): title`, the agent's summary, and trailers that tie the commit to its run. */
export function commitMessage(
  request: Pick<LandStoryRequest, 'story' | 'attempt' | 'runId' | 'model'>,
): string {
  const { story, attempt } = request;
  const title = withoutControls(story.title.replace(/\s+/g, ' ')).trim();
  const summary = withoutControls(attempt.summary).trim();
  const body = summary === '' ? '' : `${wrap(summary)}\n\n`;
  const trailers = [`Codetether-Story: ${story.id}`, ...attemptTrailers(request, attempt)];
  return `feat(${story.id}): ${title}\n\n${body}${trailers.join('\n')}\n`;
}

/** Trailers that tie a commit to the attempt of its run, and say what it cost. */
export function attemptTrailers(
  { runId, model }: Pick<LandStoryRequest, 'runId' | 'model'>,
  { number, spending }: Pick<LandStoryRequest['attempt'], 'number' | 'spending'>,
): string[] {
  const { usage, costMicroUsd } = spending;
  const usd = toUsd(costMicroUsd);
  return [
    `Codetether-Run: ${runId}`,
    `Codetether-Attempt: ${number}`,
    `Codetether-Model: ${formatModelReference(model)}`,
    `Codetether-Tokens: ${usage.inputTokens} in, ${usage.outputTokens} out`,
    `Codetether-Cost: ${usd === null ? 'unknown' : `$${usd.toFixed(4)}`}`,
  ];
}

/** People's and models' text without control characters: git refuses a message with a zero byte in it. */
export function withoutControls(text: string): string {
  return visible(text.replace(/[^\P{Cc}\n\t]/gu, ''));
}

function wrap(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/(.{1,72})(\s+|$)/g, '$1\n').trimEnd())
    .join('\n');
}

/** A branch of the user's repository that shall show a result of the run. */
export interface PublishRequest {
  readonly repository: string;
  readonly runId: string;
  readonly branch: string;
}

/** Where a result was published. */
export interface Published {
  readonly branch: string;
  readonly notes: string[];
}

/**
 * Brings the run's head to a branch of the user's repository. A branch that is checked out anywhere, or that somebody moved,
 * is never touched: the result goes to `NAME-run-ID` instead, and to `codetether-run-ID` where git cannot hold that name.
 */
export async function publish(
  request: PublishRequest,
  result: { readonly gitDir: string; readonly commit: string },
): Promise<Published> {
  const { branch, runId } = request;
  const repository = await openUserRepository(request.repository);
  const move = (name: string): Promise<BranchMove> =>
    moveBranch(repository, { source: result.gitDir, commit: result.commit, branch: name });
  const worktrees = await listWorktrees(repository);
  const isCheckedOut = worktrees.some((worktree) => worktree.branch === branch);
  const first: BranchMove = isCheckedOut ? { kind: 'checked-out' } : await move(branch);
  if (first.kind === 'moved') return { branch, notes: [] };
  if (first.kind === 'locked' && first.lock.ageMs < LOCK_GRACE_MS) throw locked(branch, first.lock);
  let reason = describeMove(first);
  for (const spare of spareBranches(branch, runId)) {
    const moved = await move(spare);
    if (moved.kind === 'moved')
      return { branch: spare, notes: [`${branch} ${reason}, so the result is on ${spare}`] };
    if (moved.kind === 'locked') reason = describeMove(moved);
  }
  throw new InfrastructureError('ERR_PUBLISH_FAILED', {
    message: `the result could not be brought to branch ${branch} of the repository, which ${reason}`,
    where: { file: request.repository },
    hint: 'free the branch name and the disk; the commits are safe in the engine’s clone and the step is tried again',
    data: { branch },
  });
}

/** A git command of a person may hold a lock for a moment; an older one was left behind, or is held by an open editor. */
const LOCK_GRACE_MS = 30_000;

function locked(branch: string, lock: HeldLock): InfrastructureError {
  return new InfrastructureError('ERR_GIT_LOCKED', {
    message: `branch ${branch} cannot be moved now: ${describeLock(lock)}`,
    where: { file: lock.path },
    hint: 'it is tried again; when no git command works there any more, remove the lock file',
    data: { lock: lock.path, ageMs: lock.ageMs },
  });
}

function describeMove(move: BranchMove): string {
  switch (move.kind) {
    case 'checked-out':
      return 'is checked out';
    case 'unfit-name':
      return 'cannot stand beside the other branches';
    case 'locked':
      return `cannot be moved (${describeLock(move.lock)})`;
    default:
      return 'has other commits';
  }
}

/** Where a result goes that its own branch cannot take. */
function spareBranches(branch: string, runId: string): string[] {
  const beside = branch.endsWith(`-run-${runId}`) ? branch : `${branch}-run-${runId}`;
  return [beside, `codetether-run-${runId}`];
}
