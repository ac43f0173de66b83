import type { AttemptRecord } from '../../domain/index.js';
import { reopenStory } from '../lib/ledger.js';
import type { RunState } from './run-state.js';
import type { Scheduler } from './scheduler.js';

/** Opens a blocked story again, with what a person answered in the prompt of its next attempt. */
export async function reopenWithAnswer(
  state: RunState,
  scheduler: Pick<Scheduler, 'addFeedback'>,
  { story, text }: { readonly story: string; readonly text: string },
): Promise<void> {
  const asked = state.entry(story)?.attempts.at(-1)?.question?.question;
  const question = asked === undefined ? '' : `You asked: ${asked}\n`;
  const feedback = await state.steps.once('storeText', {
    summary: `${story} · an answer`,
    args: { text: `${question}The person who owns this work answers:\n${text}` },
  });
  scheduler.addFeedback(story, feedback);
  state.record = reopenStory(state.record, story);
}

/** An answer that was given while the agent stopped waiting for it: the story that was set aside goes on at once. */
export async function takeLateAnswer(
  state: RunState,
  scheduler: Pick<Scheduler, 'addFeedback' | 'children'>,
  { story, attempt }: { readonly story: string; readonly attempt: AttemptRecord },
): Promise<void> {
  const text = scheduler.children.lateAnswer(story);
  const isParked = attempt.question !== undefined && state.entry(story)?.status === 'blocked';
  if (text !== undefined && isParked) await reopenWithAnswer(state, scheduler, { story, text });
}
