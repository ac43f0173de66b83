import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { requireRoom } from './free-space.js';
import { dirname, join, posix } from 'node:path';
import { storyInputSchema, type StoryInput } from '../../contracts/index.js';
import { blobRefSchema, frozenProfileSchema, workspaceRefSchema } from '../../domain/index.js';
import { isNotFound, readBounded, refuseLinkOut, type Git } from '../../platform/index.js';
import { definedText } from '../definitions/frozen-for.js';
import { frozenAgent, type RalphDependencies, type RalphWork } from './dependencies.js';
import { readyLane } from './ready-lane.js';
import { LARGEST_PROGRESS, learnedSoFar } from '../landing/progress-file.js';
import { renderStoryPrompt } from './story-prompt.js';

const GUIDE_NAMES = ['AGENTS.md', 'CLAUDE.md'];
const GUIDE_LIMIT = 8 * 1024;
const HISTORY_LIMIT = 3 * 1024;

const beginStorySchema = z.object({
  ...journaledFields,
  lane: workspaceRefSchema,
  base: z.string(),
  story: storyInputSchema,
});

const begunStorySchema = z.object({
  prompt: blobRefSchema,
  /** The agent's prompt and tool schemas, as they stay for the whole attempt; absent where an earlier version began it. */
  frozen: frozenProfileSchema.optional(),
});

/** What an attempt begins with. */
export type BegunStory = z.infer<typeof begunStorySchema>;

/** Clean lane and the agent's task. Fails with `ERR_DISK_FULL` below the floor. */
export const beginStoryStep = defineStep<RalphDependencies>()({
  input: beginStorySchema,
  journal: {
    result: begunStorySchema,
    identity: ({ lane, base, story }) => ({
      lane: lane.id,
      base,
      story: story.story.id,
      attempt: story.attempt,
    }),
  },
  holds: ({ lane }) => [lane.id],
  claim: ({ story }) => planned(story, ['checks', 'setup', 'prdPath']),
  async run({ story }, work) {
    await requireRoom(work.dependencies);
    return beginStory(work, story);
  },
});

/**
 * Resets the lane to the story's base (ignored files stay, so that it is warm), prepares its dependencies, gives it a fresh
 * `.git` and writes the agent's task. Idempotent until the agent has started. Throws InvalidInputError `ERR_SETUP_FAILED`.
 */
export async function beginStory(work: RalphWork, input: StoryInput): Promise<BegunStory> {
  const { dependencies } = work;
  const { git } = await readyLane(work, { ...input, onTop: input.conflict?.tree });
  const prompt = renderStoryPrompt(input, {
    guide: await findGuide(git, input),
    progress: learnedSoFar(await readProgress(input.prdPath)),
    history: await latestCommits(git, input.base),
    defined: await definedText(input.options.definitions, {
      blobs: dependencies.blobs,
      canHandOn: true,
    }),
    feedback: input.feedback === null ? '' : await dependencies.blobs.getText(input.feedback),
  });
  const { agent: named, definitions } = input.options;
  const frozen =
    dependencies.freezeAgent === undefined
      ? undefined
      : await frozenAgent(dependencies, { kind: 'story', named, definitions });
  return {
    prompt: await dependencies.blobs.put(prompt),
    ...(frozen === undefined ? {} : { frozen }),
  };
}

async function readProgress(prdPath: string): Promise<string> {
  const path = join(dirname(prdPath), 'progress.txt');
  await refuseLinkOut(path, 'progress.txt');
  return readOptional(path);
}

/** A project guide, and where it lies. */
type Guide = { readonly path: string; readonly text: string };

/** Guides by commit and folder: many agents start from one commit. */
const GUIDES = new LRUCache<string, Promise<Guide | undefined>>({ max: 32 });

/** The guide nearest to the work. */
export async function findGuide(
  git: Git,
  input: Pick<StoryInput, 'lane' | 'base'>,
): Promise<Guide | undefined> {
  const key = `${input.lane.id.split('/')[0] ?? ''} ${input.base} ${input.lane.workdir}`;
  const known = GUIDES.get(key);
  // those who begin at the same moment share the look, but not its end when whoever began it is cancelled
  if (known !== undefined) return known.catch(() => readGuide(git, input));
  const asked = readGuide(git, input);
  GUIDES.set(key, asked);
  asked.catch(() => GUIDES.delete(key));
  return asked;
}

/** One listing of the candidates, then a read of each that counts: what lies nearest to the work first, as far as there is room. */
async function readGuide(
  git: Git,
  input: Pick<StoryInput, 'lane' | 'base'>,
): Promise<Guide | undefined> {
  const candidates = guidePaths(input.lane.workdir);
  const listing = await git.run(['ls-tree', '-z', '--name-only', input.base, '--', ...candidates]);
  const present = new Set(listing.stdout.toString('utf8').split('\0'));
  const paths = firstOfEach(candidates.filter((candidate) => present.has(candidate)));
  const [nearest] = paths;
  let text = '';
  for (const path of paths) {
    const content = text.length < GUIDE_LIMIT ? await git.readFile(input.base, path) : undefined;
    const own = content?.toString('utf8').trim() ?? '';
    if (own !== '') text += text === '' ? own : `\n\n### ${path}\n${own}`;
  }
  if (nearest === undefined || text === '') return undefined;
  return { path: nearest, text: text.slice(0, GUIDE_LIMIT) };
}

/** Of each folder the first name: the others say the same to other agents. */
function firstOfEach(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  return paths.filter((path) => {
    const isFirst = !folders.has(posix.dirname(path));
    folders.add(posix.dirname(path));
    return isFirst;
  });
}

/** Where a guide may lie, nearest first. */
function guidePaths(workdir: string): string[] {
  const paths: string[] = [];
  for (let folder = posix.normalize(workdir); ; folder = posix.dirname(folder)) {
    paths.push(...GUIDE_NAMES.map((name) => posix.join(folder, name)));
    if (folder === '.' || folder === '/') return paths;
  }
}

async function latestCommits(git: Git, base: string): Promise<string> {
  const answer = await git.run([
    'log',
    '--max-count=8',
    '--no-decorate',
    '--format=%h %s',
    '--name-only',
    base,
  ]);
  const text = answer.stdout
    .toString('utf8')
    .replace(/\n{2,}/g, '\n')
    .trim();
  return text.length <= HISTORY_LIMIT ? text : `${text.slice(0, HISTORY_LIMIT)}\n…`;
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readBounded(path, LARGEST_PROGRESS);
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}
