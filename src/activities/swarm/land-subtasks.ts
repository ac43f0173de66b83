import { Semaphore } from 'async-mutex';
import { z } from 'zod';
import {
  firstNames,
  isLockFile,
  modelReferenceSchema,
  workspaceRefSchema,
  agentSpendingSchema,
} from '../../domain/index.js';
import {
  bareRepository,
  createGit,
  openWorkspace,
  runRef,
  writeLooseCommit,
  type Git,
  type WorkspaceFolders,
} from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { filesWithMarks } from '../proof/conflict-marks.js';
import { dropCaches, takeTree, type StoryTree } from '../proof/story-tree.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { personName } from '../workspace/lane-git.js';
import { attemptTrailers, withoutControls } from '../landing/land-story.js';
import { mergeStory } from '../landing/merge-story.js';
import { secretsOfLanes } from './lane-secrets.js';
import { locksToRenew, withLandedLocks } from './merged-locks.js';

const candidateSchema = z.object({
  id: z.string(),
  title: z.string(),
  attempt: z.number().int().positive(),
  lane: workspaceRefSchema,
  /** Commit from which its agent started. */
  base: z.string(),
  summary: z.string(),
  spending: agentSpendingSchema,
  /** Files that had conflict marks when its agent went on: one that still has some is no resolution. */
  conflictFiles: z.array(z.string()).default([]),
  /** Locks that were made anew in its lane. */
  renewedLocks: z.array(z.string()).default([]),
  /** Locks that stay as they are although the manifest asks for something else: nobody could make them anew. */
  keptLocks: z.array(z.string()).default([]),
});

const landSubtasksSchema = z.object({
  ...journaledFields,
  repository: z.string(),
  /** Commit that the run is at. */
  head: z.string(),
  model: modelReferenceSchema,
  author: z.object({ name: z.string(), email: z.string() }),
  committedAt: z.string(),
  candidates: z.array(candidateSchema).min(1),
});

type Candidate = z.output<typeof candidateSchema>;
type Request = z.output<typeof landSubtasksSchema>;

/** Names of files in one result: a history is no place for thousands, and twenty results share a message. */
const FILES_LIMIT = { most: 500, characters: 12_000 };

const landedSchema = z.discriminatedUnion('kind', [
  z.object({
    id: z.string(),
    kind: z.literal('landed'),
    commit: z.string(),
    /** Sorted as git sorts; cut to {@link FILES_LIMIT}. */
    files: z.array(z.string()),
  }),
  /** It changed nothing, or nothing that is not there already. */
  z.object({ id: z.string(), kind: z.literal('empty') }),
  /** What it added may not land. */
  z.object({ id: z.string(), kind: z.literal('refused'), reason: z.string().max(10_000) }),
  z.object({
    id: z.string(),
    kind: z.literal('conflict'),
    /** Merged tree with conflict marks; lock files are as they landed. */
    tree: z.string(),
    /** Files with marks. */
    files: z.array(z.string()),
    /** Lock files that both sides changed, or that lack what the manifest asks for: made anew, never merged. */
    locks: z.array(z.string()),
    /** Those of `locks` that are whole, and made for another manifest than the merged one. */
    stale: z.array(z.string()).optional(),
    /** Its own tree on its own base, for a branch of its own. */
    own: z.string(),
  }),
]);

/** What became of one candidate. */
export type LandedSubtask = z.infer<typeof landedSchema>;

/**
 * Brings what the agents of several subtasks left in their lanes onto the run's ref, one commit each, in the order given; those that
 * conflict are left out and named. Repeatable: the same lanes give the same commits. Fails with `ERR_REF_MOVED`.
 */
export const landSubtasksStep = defineStep<RalphDependencies>()({
  input: landSubtasksSchema,
  journal: {
    result: z.object({ head: z.string(), landed: z.array(landedSchema) }),
    identity: ({ head, candidates }) => ({
      head,
      candidates: candidates.map(({ id, base }) => `${id} ${base}`).join('\n'),
    }),
  },
  holds: ({ runId, candidates }) => [runId, ...candidates.map(({ lane }) => lane.id)],
  claim: (input) => planned(input, ['repository']),
  run: (input, { dependencies }) => landAll(dependencies, input),
});

async function landAll(
  dependencies: RalphDependencies,
  request: Request,
): Promise<{ head: string; landed: LandedSubtask[] }> {
  const gitDir = bareRepository(dependencies.home, request.repository);
  const git = createGit({ gitDir });
  const left = await takeAll(dependencies, request.candidates);
  const landed = new Map<string, LandedSubtask>();
  const secrets = await secretsOfLanes(
    { gitDir },
    left.map(({ candidate: { id, base }, taken: { diff } }) => ({ id, base, diff })),
  );
  for (const [id, reason] of secrets) landed.set(id, { id, kind: 'refused', reason });
  let { head } = request;
  let open = left.filter(({ candidate: { id } }) => !secrets.has(id));
  // What conflicts is merged again behind the others: its agent goes on with the head of the whole batch, not one from the middle.
  for (let before = ''; open.length > 0 && before !== head;) {
    before = head;
    for (const work of open) {
      const one = await landOne(dependencies, { ...work, request, git, head });
      landed.set(one.id, one);
      if (one.kind === 'landed') head = one.commit;
    }
    open = open.filter(({ candidate: { id } }) => landed.get(id)?.kind === 'conflict');
  }
  if (head !== request.head)
    await git.updateRef({ ref: runRef(request.runId), next: head, expected: request.head });
  return { head, landed: request.candidates.flatMap(({ id }) => landed.get(id) ?? []) };
}

/** What lies in one lane, and the tree that lands of it. */
interface LaneWork {
  readonly candidate: Candidate;
  readonly lane: WorkspaceFolders;
  readonly taken: StoryTree;
}

/** Lanes that are read at a time: each has a git of its own, and waits for the disk. */
const LANES_AT_A_TIME = 3;

/** The trees of all lanes: none depends on what lands of another. Ends when every lane is left alone. */
async function takeAll(
  dependencies: RalphDependencies,
  candidates: readonly Candidate[],
): Promise<LaneWork[]> {
  const free = new Semaphore(LANES_AT_A_TIME);
  const taken = await Promise.allSettled(
    candidates.map((candidate) => free.runExclusive(() => takeOne(dependencies, candidate))),
  );
  return taken.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function takeOne({ home }: RalphDependencies, candidate: Candidate): Promise<LaneWork> {
  const { base } = candidate;
  const lane = await openWorkspace(home, candidate.lane);
  return { candidate, lane, taken: await dropCaches(lane, base, await takeTree(lane, base)) };
}

interface Landing extends LaneWork {
  readonly request: Request;
  readonly git: Git;
  /** With what landed before in the same batch. */
  readonly head: string;
}

async function landOne(
  dependencies: RalphDependencies,
  { request, candidate, lane, taken, git, head }: Landing,
): Promise<LandedSubtask> {
  const { id, base } = candidate;
  if (taken.diff.files.length === 0) return { id, kind: 'empty' };
  const marked = await filesWithMarks(git, taken.tree, candidate.conflictFiles);
  if (marked.length > 0)
    return {
      id,
      kind: 'conflict',
      tree: taken.tree,
      files: firstNames(marked, FILES_LIMIT),
      locks: [],
      own: taken.tree,
    };
  const { repository } = request;
  const merged =
    base === head
      ? { kind: 'clean' as const, tree: taken.tree }
      : await mergeStory(dependencies, { repository, base, head, tree: taken.tree, story: { id } });
  const { tree } = merged;
  const marks = merged.kind === 'conflict' ? merged.files : [];
  const changed = taken.diff.files;
  const { renewedLocks: renewed, keptLocks } = candidate;
  const merge = { git, base, head, tree, own: taken.tree, changed, renewed };
  const wrong = await locksToRenew(merge);
  const stale = wrong.stale.filter((lock) => !keptLocks.includes(lock));
  const broken = wrong.locks.filter((lock) => !wrong.stale.includes(lock));
  const locks = [...new Set([...marks.filter(isLockFile), ...broken, ...stale])];
  if (marks.length > 0 || locks.length > 0)
    return {
      id,
      kind: 'conflict',
      tree: await withLandedLocks(lane, { git, head, tree, locks }),
      files: firstNames(
        marks.filter((path) => !isLockFile(path)),
        FILES_LIMIT,
      ),
      locks,
      stale,
      own: taken.tree,
    };
  const { author } = request;
  const commit = await writeLooseCommit(lane.gitDir, {
    tree,
    parents: [head],
    message: subtaskMessage(request, candidate),
    name: personName(author.name),
    email: personName(author.email),
    timestamp: Math.floor(Date.parse(request.committedAt) / 1000),
  });
  const files = firstNames(
    taken.diff.files.map(({ path }) => path),
    FILES_LIMIT,
  );
  return { id, kind: 'landed', commit, files };
}

/** Subject `ID: title`, the agent's summary, and trailers that tie the commit to its run. */
export function subtaskMessage(
  { runId, model }: Pick<Request, 'runId' | 'model'>,
  {
    id,
    title,
    attempt,
    summary,
    spending,
  }: Pick<Candidate, 'id' | 'title' | 'attempt' | 'summary' | 'spending'>,
): string {
  const plain = (text: string): string => withoutControls(text).trim();
  const body = plain(summary);
  const trailers = [
    `Codetether-Subtask: ${id}`,
    ...attemptTrailers({ runId, model }, { number: attempt, spending }),
  ];
  const subject = `${id}: ${plain(title.replace(/\s+/g, ' '))}`;
  return `${subject}\n\n${body === '' ? '' : `${body}\n\n`}${trailers.join('\n')}\n`;
}
