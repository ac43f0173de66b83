import type { StoryInput } from '../../contracts/index.js';
import { workflowInfo } from '@temporalio/workflow';
import {
  existingChecks,
  type BlobRef,
  type Budget,
  type Story,
  type WorkspaceRef,
} from '../../domain/index.js';
import type { RunState } from './run-state.js';

/** A lane for an agent and the clean one in which its work is proven. */
export interface Lane {
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
}

/** What one attempt is about. */
export interface AttemptFacts {
  readonly story: Story;
  readonly attempt: number;
  readonly lane: Lane;
  readonly feedback: BlobRef | null;
  readonly statePaths: readonly string[];
  /** Undefined = no limit. */
  readonly lease: Budget | undefined;
}

/** Input of the workflow of one attempt, from the run as it is now. */
export function storyInput(state: RunState, facts: AttemptFacts): StoryInput {
  const { input, record } = state;
  const { story, attempt, lane, feedback, statePaths, lease } = facts;
  return {
    runId: input.runId,
    story,
    attempt,
    project: input.project,
    feature: input.feature,
    technicalRequirements: input.technicalRequirements,
    checks: input.checks,
    options: input.options,
    ...lane,
    statePaths: [...statePaths],
    base: record.headCommit,
    prdPath: input.prdPath,
    author: input.author,
    branch: input.branch,
    feedback,
    setup: input.setup,
    paths: input.paths,
    baseline: input.options.allowRedBaseline ? (record.baseline ?? null) : null,
    existing: existingChecks(record),
    approved: record.baseCommit,
    owner: workflowInfo().workflowId,
    isPaused: state.standstills.isPaused,
    ...grantedTo(state, story.id),
    ...(lease === undefined ? {} : { lease }),
  };
}

function grantedTo(state: RunState, story: string): Pick<StoryInput, 'granted'> {
  const granted = state.entry(story)?.granted;
  return granted === undefined ? {} : { granted };
}

/** What git shows while the story is proven: the commit that it would become. */
export function headOf(input: Pick<StoryInput, 'branch' | 'author' | 'story'>): {
  branch: string;
  author: StoryInput['author'];
  subject: string;
} {
  const { branch, author, story } = input;
  return { branch, author, subject: `feat(${story.id}): ${story.title}` };
}
