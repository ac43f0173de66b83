import { patched } from '@temporalio/workflow';
import { isSatisfied, isYes, type AttemptRecord, type RunRecord } from '../../domain/index.js';
import { reopenStory, withStory } from '../lib/ledger.js';
import { refuse } from '../lib/run-steering.js';
import type { RunState } from './run-state.js';
import type { StoryFeedback, Word } from './story-feedback.js';

/** Who gives feedback to the next attempt at a story. */
interface FeedbackDesk {
  readonly feedback: StoryFeedback;
}

/** Who handed answers to agents. */
interface AnswerDesk extends FeedbackDesk {
  readonly children: { lateAnswer(story: string): string | undefined };
}

/** What a person says about one story. */
interface SaidRequest {
  readonly story: string;
  readonly text: string;
}

/** Puts a word of a person into the prompt of the next attempt, behind those that were said before it. */
async function keepWord(
  state: RunState,
  { feedback }: FeedbackDesk,
  { story, summary, ...said }: Word & { readonly story: string; readonly summary: string },
): Promise<Word> {
  const word = feedback.say(story, said);
  try {
    const args = { text: feedback.textFor(story) };
    const stored = await state.steps.once('storeText', { summary: `${story} · ${summary}`, args });
    feedback.wrote(story, word, stored);
    return word;
  } catch (error) {
    feedback.takeBack(story, word);
    throw error;
  }
}

/**
 * Opens a blocked story again, with what a person answered in the prompt of its next attempt. False where it went on without the answer while
 * that was written down, or the run ended: then nobody is told.
 */
export async function reopenWithAnswer(
  state: RunState,
  desk: FeedbackDesk,
  { story, text }: SaidRequest,
): Promise<boolean> {
  const { question: asked, grants } = state.entry(story)?.attempts.at(-1)?.question ?? {};
  const question = asked === undefined ? '' : `You asked: ${asked}\n`;
  const word = await keepWord(state, desk, {
    story,
    summary: 'an answer',
    text: `${question}The person who owns this work answers:\n${text}`,
    isKept: false,
  });
  // Histories of before 'second-look' opened it again whatever had become of it.
  if (!mayOpen(state, story) && patched('second-look')) {
    desk.feedback.takeBack(story, word);
    return false;
  }
  state.record = grantTo(reopenStory(state.record, story), story, { grants, text });
  return true;
}

function mayOpen(state: RunState, story: string): boolean {
  return state.record.endedAt === null && state.entry(story)?.status === 'blocked';
}

/** A yes to what a story decided holds for exactly that, in every later attempt. */
function grantTo(
  record: RunRecord,
  id: string,
  { grants, text }: { readonly grants: readonly string[] | undefined; readonly text: string },
): RunRecord {
  if (grants === undefined || !isYes(text)) return record;
  const stories = record.stories.map((entry) =>
    entry.story.id === id
      ? { ...entry, granted: [...new Set([...(entry.granted ?? []), ...grants])].slice(0, 200) }
      : entry,
  );
  return { ...record, stories };
}

/** An answer that was given while the agent stopped waiting for it: the story that was set aside goes on at once. */
export async function takeLateAnswer(
  state: RunState,
  desk: AnswerDesk,
  { story, attempt }: { readonly story: string; readonly attempt: AttemptRecord },
): Promise<void> {
  const text = desk.children.lateAnswer(story);
  const isParked = attempt.question !== undefined && state.entry(story)?.status === 'blocked';
  if (text !== undefined && isParked) await reopenWithAnswer(state, desk, { story, text });
}

/** Puts what a person wants changed about a story into the prompt of its next attempts. */
export function askChanges(
  state: RunState,
  desk: FeedbackDesk,
  { story, text }: SaidRequest,
): Promise<Word> {
  return keepWord(state, desk, {
    story,
    summary: 'changes that are asked for',
    text,
    isKept: true,
  });
}

/** Who is at work on stories, for changes that are asked for meanwhile. */
interface ChangesDesk extends FeedbackDesk {
  readonly children: {
    isAsking(story: string): boolean;
    say(story: string, text: string): Promise<boolean>;
  };
}

/**
 * Has a story done again, also one that has passed, with what a person wants changed about it; one that is worked on is told, and says it to each
 * further attempt. Says what was done. Refused when the run ends meanwhile.
 */
export async function reopenWithChanges(
  state: RunState,
  desk: ChangesDesk,
  request: SaidRequest,
): Promise<string> {
  const { story, text } = request;
  const word = await askChanges(state, desk, request);
  if (state.record.endedAt !== null && patched('second-look')) {
    desk.feedback.takeBack(story, word);
    refuse('ERR_RUN_ENDED', `the run has ended meanwhile: ${state.record.status}`);
  }
  if (state.entry(story)?.status === 'running') {
    // the next word that an agent hears which asks is its answer
    const isTold = !desk.children.isAsking(story) && (await desk.children.say(story, text));
    if (isTold) desk.feedback.hear(story, word);
    return isTold
      ? `${story} is told before its next model call, and each further attempt`
      : `${story} is tried again with what you want changed when this attempt has ended`;
  }
  await reopen(state, story);
  return `${story} is tried again with what you want changed`;
}

/** Opens a story again that ended without hearing what a person wants changed. */
export async function takeLateChanges(
  state: RunState,
  { feedback }: FeedbackDesk,
  story: string,
): Promise<void> {
  if (feedback.hasUnheard(story)) await reopen(state, story);
}

/** Opens a story again that is neither open nor worked on. The PRD says so too, for the run that goes on when this one is lost. */
async function reopen(state: RunState, story: string): Promise<void> {
  const status = state.entry(story)?.status;
  if (status === undefined || status === 'pending' || status === 'running') return;
  const hasPassed = isSatisfied(status);
  // The PRD calls a landed story passed until it is written: that is no word of a person who ticks it meanwhile.
  if (hasPassed)
    state.record = withStory(state.record, story, (entry) => ({
      ...entry,
      story: { ...entry.story, passes: true },
    }));
  state.record = reopenStory(state.record, story);
  if (!hasPassed || !patched('reopen-prd')) return;
  const { notes } = await state.steps.run('reopenStory', {
    who: 'record',
    summary: `${story} · open again`,
    args: { prdPath: state.input.prdPath, storyId: story },
  });
  state.record = { ...state.record, notes: [...state.record.notes, ...notes] };
}
