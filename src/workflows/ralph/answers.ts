import { isSatisfied, isYes, type AttemptRecord, type RunRecord } from '../../domain/index.js';
import { reopenStory, withStory } from '../lib/ledger.js';
import type { RunState } from './run-state.js';
import type { StoryFeedback } from './story-feedback.js';

/** Who gives feedback to the next attempt at a story. */
interface FeedbackDesk {
  readonly feedback: StoryFeedback;
}

/** Who handed answers to agents. */
interface AnswerDesk extends FeedbackDesk {
  readonly children: { lateAnswer(story: string): string | undefined };
}

/** Opens a blocked story again, with what a person answered in the prompt of its next attempt. */
export async function reopenWithAnswer(
  state: RunState,
  desk: FeedbackDesk,
  { story, text }: { readonly story: string; readonly text: string },
): Promise<void> {
  const { question: asked, grants } = state.entry(story)?.attempts.at(-1)?.question ?? {};
  const question = asked === undefined ? '' : `You asked: ${asked}\n`;
  const feedback = await state.steps.once('storeText', {
    summary: `${story} · an answer`,
    args: { text: `${question}The person who owns this work answers:\n${text}` },
  });
  desk.feedback.add(story, feedback);
  state.record = grantTo(reopenStory(state.record, story), story, { grants, text });
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
export async function askChanges(
  state: RunState,
  desk: FeedbackDesk,
  { story, text }: { readonly story: string; readonly text: string },
): Promise<void> {
  const feedback = await state.steps.once('storeText', {
    summary: `${story} · changes that are asked for`,
    args: { text },
  });
  desk.feedback.keepAsked(story, text);
  desk.feedback.add(story, feedback);
}

/** Opens a story again, also one that has passed, with what a person wants changed about it. */
export async function reopenWithChanges(
  state: RunState,
  desk: FeedbackDesk,
  request: { readonly story: string; readonly text: string },
): Promise<void> {
  const { story } = request;
  await askChanges(state, desk, request);
  const status = state.entry(story)?.status;
  if (status === undefined || status === 'pending' || status === 'running') return;
  // The PRD calls a landed story passed: that is no word of a person who ticks it meanwhile.
  if (isSatisfied(status))
    state.record = withStory(state.record, story, (entry) => ({
      ...entry,
      story: { ...entry.story, passes: true },
    }));
  state.record = reopenStory(state.record, story);
}
