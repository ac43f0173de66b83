import type { StoryInput } from '../../contracts/index.js';
import { shortLine, type FrozenProfile } from '../../domain/index.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import { runMoment } from './run-moment.js';
import type { StepResult, Steps } from '../lib/step.js';

const REASON_LIMIT = 500;

/** What hooks of an attempt need of it. */
export interface HookedAttempt {
  readonly input: StoryInput;
  readonly events: EventBuffer;
  readonly steps: Steps;
  /** What its agent is started as; undefined until its lane is ready. */
  readonly frozen?: FrozenProfile | undefined;
}

/** Why an attempt does not begin, as a hook says; undefined when it does. */
export async function startDenial(attempt: HookedAttempt): Promise<string | undefined> {
  const ran = await hooksAt(attempt, 'story_start', { title: attempt.input.story.title });
  return ran?.denial === undefined
    ? undefined
    : shortLine(`a hook denied the start: ${ran.denial}`, REASON_LIMIT);
}

/** Tells hooks how an attempt ended; nothing that they say changes it. */
export async function hooksAtEnd(
  attempt: HookedAttempt,
  { outcome, reason }: { readonly outcome: string; readonly reason: string },
): Promise<void> {
  await hooksAt(attempt, 'story_end', { outcome, reason });
}

async function hooksAt(
  { input, frozen, steps, events }: HookedAttempt,
  event: 'story_start' | 'story_end',
  facts: Readonly<Record<string, string>>,
): Promise<StepResult<'runHooks'> | null> {
  if (frozen?.hookEvents?.includes(event) !== true) return null;
  const { lane: workspace, story, attempt } = input;
  const { definitions } = frozen;
  return runMoment({ steps, events, workspace, definitions }, event, {
    story: story.id,
    attempt: String(attempt),
    ...facts,
  });
}
