import { taskProfile } from '../../contracts/index.js';
import {
  firstNames,
  type AgentProfile,
  type StoryRecord,
  type Subtask,
  type SubtaskBegin,
} from '../../domain/index.js';
import type { StepCall, StepResult } from '../lib/step.js';
import type { TakenLane } from './lane-desk.js';
import type { AgentStart } from './subtask-agents.js';
import type { SwarmState } from './swarm-state.js';

/** One attempt at a subtask. */
export interface Attempt {
  readonly subtask: Subtask;
  readonly title: string;
  readonly number: number;
  /** Null without files. */
  readonly taken: TakenLane | null;
  readonly startedAt: string;
}

/** What an agent begins with: its first message and its frozen profile, or what it makes them of by itself. */
export interface Begun extends Pick<AgentStart, 'prompt' | 'begins'> {
  readonly frozen?: StepResult<'beginSubtask'>['frozen'];
}

type BeginArgs = Exclude<StepCall<'beginSubtask'>['args'], () => unknown>;

/** Others that a prompt names. */
const OTHERS_SHOWN = 30;
/** Earlier results that a prompt shows, files of one of them, and characters of the names of all: a history holds a thousand of these. */
const RESULTS_SHOWN = 60;
const FILES_SHOWN = 40;
const FILE_CHARACTERS = 12_000;
/** Characters of the task where all of it is there by reference. */
const TASK_SHOWN = 200;

/** Lays out the lane of an attempt and what its agent is told; with `conflict`, for an agent that goes on. */
export function beginAttempt(
  state: SwarmState,
  attempt: Attempt,
  { base, conflict }: { readonly base: string; readonly conflict?: BeginArgs['conflict'] },
): Promise<StepResult<'beginSubtask'>> {
  const { id } = attempt.subtask;
  return state.steps.run('beginSubtask', {
    who: id,
    summary: `${id} · ${conflict === undefined ? 'lane' : 'lane with conflicts'}`,
    args: {
      ...beginOf(state, attempt, base),
      ...(conflict === undefined ? {} : { conflict }),
    },
  });
}

/**
 * What the agent of an attempt lays out its lane with by itself: a step less, and no word of it to the swarm. Undefined where its lane
 * takes set-up, which may be long and fail in its own ways.
 */
export function ownBegin(state: SwarmState, attempt: Attempt): SubtaskBegin | undefined {
  return mayLayOut(state) ? beginOf(state, attempt, attempt.taken?.base ?? '') : undefined;
}

/** True when agents lay out their lanes by themselves. */
export function mayLayOut({ input: { edition, setup } }: SwarmState): boolean {
  return edition >= 3 && setup.steps.length + setup.copy.length === 0 && setup.caches === undefined;
}

function beginOf(state: SwarmState, attempt: Attempt, base: string): SubtaskBegin {
  const { subtask, number, taken } = attempt;
  const { branch, author, setup, options, baseCommit: proven } = state.input;
  const entries = state.record.stories;
  const before = entries.filter(({ story }) => subtask.dependsOn.includes(story.id));
  return {
    subtask,
    attempt: number,
    ...taskOf(state),
    others: othersOf(state, subtask),
    results: resultsOf(before.slice(0, RESULTS_SHOWN)),
    resultsLeft: Math.max(0, before.length - RESULTS_SHOWN),
    feedback: feedbackOf(state, subtask.id),
    place: taken === null ? null : { lane: taken.lane, base, proven, branch, author },
    setup,
    ...(options.definitions === undefined ? {} : { definitions: options.definitions }),
  };
}

/** A script says to each of its agents all that it wants it to know. */
function taskOf({
  input: { script, task, taskRef },
}: SwarmState): Pick<SubtaskBegin, 'task' | 'taskRef'> {
  if (script !== undefined) return { task: '' };
  return taskRef === undefined ? { task } : { task: task.slice(0, TASK_SHOWN), taskRef };
}

function othersOf({ input, record }: SwarmState, subtask: Subtask): SubtaskBegin['others'] {
  if (input.script !== undefined) return [];
  return record.stories
    .filter(({ story }) => story.id !== subtask.id)
    .slice(0, OTHERS_SHOWN)
    .map(({ story }) => ({ id: story.id, title: story.title }));
}

function feedbackOf(state: SwarmState, id: string): string {
  const last = state.entry(id)?.attempts.at(-1);
  return last === undefined ? '' : `${last.reason}\n${last.summary}`.trim();
}

/** What a subtask builds on; a message has no room for thousands of names. */
function resultsOf(before: readonly StoryRecord[]): SubtaskBegin['results'] {
  const characters = Math.floor(FILE_CHARACTERS / Math.max(1, before.length));
  return before.map(({ story, attempts }) => {
    const last = attempts.at(-1);
    const files = last?.changedFiles ?? [];
    return {
      id: story.id,
      conversation: last?.conversation ?? null,
      files: firstNames(files, { most: FILES_SHOWN, characters }),
      fileCount: last?.cut?.files ?? files.length,
    };
  });
}

/** The profile of a subtask's agent. */
export function profileOfSubtask(
  agent: 'build' | 'plan' | 'explore' | 'row',
  options: { readonly hasFiles: boolean; readonly maxTurns: number },
): AgentProfile {
  const kind = !options.hasFiles || agent === 'row' ? 'answer' : agent;
  return taskProfile(kind, options.maxTurns);
}
