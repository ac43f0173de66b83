import { z } from 'zod';
import { verificationStepSchema } from '../proof/verification.js';

/** One user story of a PRD, whatever format it came from. */
export const storySchema = z.object({
  id: z.string().min(1),
  title: z.string().min(1),
  description: z.string(),
  acceptanceCriteria: z.array(z.string()),
  /** 1 is the highest. */
  priority: z.number().int().min(1),
  dependsOn: z.array(z.string()),
  /** 1 (small) to 5. */
  complexity: z.number().int().min(1).max(5),
  passes: z.boolean(),
  /** Steps that must hold for this story, besides the checks of the PRD. */
  verificationSteps: z.array(verificationStepSchema).default([]),
});

/** See {@link storySchema}. */
export type Story = z.infer<typeof storySchema>;

/** Where a story stands (design.md section 4, point 12). */
export const storyStatusSchema = z.enum([
  'pending',
  'running',
  'passed',
  'already_satisfied',
  'unverified',
  'failed',
  'blocked',
  'waiting_on_dependency',
  'skipped',
]);

/** See {@link storyStatusSchema}. */
export type StoryStatus = z.infer<typeof storyStatusSchema>;

/** True for a status that lets dependents start. */
export function isSatisfied(status: StoryStatus): boolean {
  return status === 'passed' || status === 'already_satisfied' || status === 'unverified';
}

/** A story's id with what the scheduler needs to know of it. */
export interface StoryStanding {
  readonly story: Story;
  readonly status: StoryStatus;
}

/**
 * The story to start next: dependencies satisfied, then priority, then order of the file; undefined when none is ready.
 * Workflow-safe.
 */
export function nextStory(standings: readonly StoryStanding[]): Story | undefined {
  const statuses = new Map(standings.map((standing) => [standing.story.id, standing.status]));
  const ready = standings.filter(
    ({ story, status }) =>
      status === 'pending' &&
      story.dependsOn.every((id) => isSatisfied(statuses.get(id) ?? 'pending')),
  );
  let best: Story | undefined;
  for (const { story } of ready) {
    if (best === undefined || story.priority < best.priority) best = story;
  }
  return best;
}

/** Ids of pending stories that can never start, because a story they depend on (directly or not) ended unsatisfied. */
export function strandedStories(standings: readonly StoryStanding[]): string[] {
  const ended = new Set(
    standings
      .filter(({ status }) =>
        ['failed', 'blocked', 'skipped', 'waiting_on_dependency'].includes(status),
      )
      .map(({ story }) => story.id),
  );
  const stranded: string[] = [];
  let hasGrown = true;
  while (hasGrown) {
    hasGrown = false;
    for (const { story, status } of standings) {
      if (status !== 'pending' || ended.has(story.id)) continue;
      if (!story.dependsOn.some((id) => ended.has(id))) continue;
      ended.add(story.id);
      stranded.push(story.id);
      hasGrown = true;
    }
  }
  return stranded;
}

/** The order in which stories would run if every one passed; stories already passed are left out. */
export function plannedOrder(stories: readonly Story[]): Story[] {
  const standings = stories.map((story) => ({
    story,
    status: (story.passes ? 'passed' : 'pending') as StoryStatus,
  }));
  const order: Story[] = [];
  for (;;) {
    const next = nextStory(standings);
    if (next === undefined) return order;
    order.push(next);
    const index = standings.findIndex(({ story }) => story.id === next.id);
    standings[index] = { story: next, status: 'passed' };
  }
}
