import type { SwarmInput } from '../../contracts/index.js';
import {
  isSatisfied,
  storyOfSubtask,
  type RunRecord,
  type RunStatus,
  type ScriptFacts,
  type ScriptTask,
  type StoryRecord,
  type Subtask,
  type SwarmFacts,
} from '../../domain/index.js';

/** The record of a swarm that starts now, or goes on with what ended well in the one before. Pure. */
export function openSwarmRecord(
  input: SwarmInput,
  facts: { readonly workflowId: string; readonly startedAt: string },
): RunRecord {
  const { carried, ...rest } = input;
  const fresh: RunRecord = {
    version: 1,
    runId: rest.runId,
    workflowId: facts.workflowId,
    kind: 'swarm',
    status: 'running',
    reason: '',
    project: rest.project,
    feature: rest.task.slice(0, FEATURE_LENGTH),
    prdPath: '',
    repository: rest.repository,
    branch: rest.branch,
    publishedBranch: carried?.publishedBranch ?? null,
    baseCommit: rest.baseCommit,
    headCommit: carried?.headCommit ?? rest.baseCommit,
    options: rest.options,
    checks: rest.checks,
    sandbox: carried?.sandbox ?? '',
    stories: [],
    startedAt: facts.startedAt,
    endedAt: null,
    notes: rest.notes,
    failure: null,
    workdir: rest.workdir,
    setup: rest.setup,
    baseBranch: rest.baseBranch,
    continuesBranch: false,
    swarm: factsOf(rest),
    ...(carried?.overhead === undefined ? {} : { overhead: carried.overhead }),
    ...(carried?.merges === undefined ? {} : { merges: carried.merges }),
  };
  return input.script === undefined
    ? withSubtasks(fresh, input.subtasks, input)
    : withEndedAgents(fresh, carried);
}

/** Agents of a script that goes on have ended: what it asks for now is asked of others. */
function withEndedAgents(fresh: RunRecord, carried: SwarmInput['carried']): RunRecord {
  if (carried === undefined) return fresh;
  return {
    ...withFacts(fresh, { traits: carried.swarm?.traits ?? [] }),
    stories: carried.stories,
  };
}

const FEATURE_LENGTH = 2000;

function factsOf(input: Omit<SwarmInput, 'carried'>): SwarmFacts {
  return {
    task: input.task,
    strategy: input.strategy,
    planned: input.planned,
    maxSubagents: input.maxSubagents,
    timeoutMs: input.timeoutMs,
    verify: input.verify,
    traits: [],
    hasFiles: input.hasFiles,
    answer: null,
    isFinished: false,
    isVerified: null,
    ...(input.rows === undefined ? {} : { rows: input.rows }),
    ...(input.script === undefined ? {} : { script: openingScript(input.script) }),
    ...(input.isDryRun ? { isDryRun: true } : {}),
  };
}

function openingScript(task: ScriptTask): ScriptFacts {
  return {
    name: task.name,
    task,
    state: 'running',
    journal: null,
    hash: '',
    phase: null,
    phases: [],
    lines: [],
    calls: 0,
    taken: 0,
    error: null,
  };
}

/** The record with its subtasks; what ended well in `carried` stays as it is, the rest is open again. Pure. */
export function withSubtasks(
  record: RunRecord,
  subtasks: readonly Subtask[],
  { carried, reopen }: Pick<SwarmInput, 'carried' | 'reopen'> = {},
): RunRecord {
  const before = new Map(carried?.stories.map((entry) => [entry.story.id, entry]));
  const isKept = (id: string): boolean => reopen !== undefined && !reopen.includes(id);
  const traits = subtasks.map(traitsOf);
  return {
    ...withFacts(record, { traits }),
    stories: subtasks.map((subtask) =>
      entryOf(subtask, before.get(subtask.id), isKept(subtask.id)),
    ),
  };
}

function traitsOf({ id, agent, named, touches, phase }: Subtask): SwarmFacts['traits'][number] {
  return {
    id,
    agent,
    touches,
    ...(named === undefined ? {} : { named }),
    ...(phase === undefined ? {} : { phase }),
  };
}

/** The record with further subtasks behind the others. Pure. */
export function withFurther(record: RunRecord, subtasks: readonly Subtask[]): RunRecord {
  const traits = [...(record.swarm?.traits ?? []), ...subtasks.map(traitsOf)];
  const added = subtasks.map((subtask) => entryOf(subtask, undefined, false));
  return { ...withFacts(record, { traits }), stories: [...record.stories, ...added] };
}

function entryOf(subtask: Subtask, before: StoryRecord | undefined, isKept: boolean): StoryRecord {
  const story = storyOfSubtask(subtask);
  const open: StoryRecord = { story, status: 'pending', commit: null, attempts: [], reason: '' };
  if (before === undefined) return open;
  const { openSpending: _told, ...known } = before;
  return isSatisfied(before.status) || isKept
    ? { ...known, story }
    : {
        ...open,
        attempts: before.attempts,
        extraAttempts: before.attempts.length,
        // what an attempt left is still there, whatever becomes of the next
        ...(before.branch === undefined ? {} : { branch: before.branch }),
      };
}

/** The record with some of its swarm's facts changed. Pure. */
export function withFacts(record: RunRecord, facts: Partial<SwarmFacts>): RunRecord {
  return record.swarm === undefined ? record : { ...record, swarm: { ...record.swarm, ...facts } };
}

/** The final record: status and reason from what became of the subtasks and of what was checked. Pure. */
export function closeSwarm(record: RunRecord, endedAt: string): RunRecord {
  const { stories } = record;
  const done = stories.filter(({ status }) => isSatisfied(status)).length;
  const isFinished = done === stories.length && stories.length > 0;
  const counted = isFinished
    ? `all ${stories.length} subtasks done`
    : `${done} of ${stories.length} subtasks done`;
  return closed(record, { isFinished, counted, endedAt });
}

/**
 * The final record of a script. What counts is its own end, and what was checked: a failure of an agent that it has dealt with is none
 * of the run. Pure.
 */
export function closeScript(record: RunRecord, endedAt: string): RunRecord {
  const { state, error } = record.swarm?.script ?? {};
  const isFinished = state === 'done';
  const line = error?.line ?? null;
  const where = line === null ? '' : ` (line ${line})`;
  const counted = isFinished
    ? `completed with ${record.stories.length} agents`
    : `the script failed${where}: ${error?.message ?? 'it did not end'}`;
  return closed(record, { isFinished, counted, endedAt });
}

function closed(
  record: RunRecord,
  end: { readonly isFinished: boolean; readonly counted: string; readonly endedAt: string },
): RunRecord {
  const { isFinished, counted, endedAt } = end;
  const isVerified = record.swarm?.isVerified ?? null;
  const status: RunStatus = isFinished && isVerified !== false ? 'passed' : 'failed';
  return {
    ...withFacts(record, { isFinished }),
    stories: record.stories.map((entry) =>
      entry.status === 'unverified' && isVerified === true ? { ...entry, status: 'passed' } : entry,
    ),
    status,
    reason: `${counted}${checkedWords(record)}`,
    endedAt,
    standstill: null,
  };
}

function checkedWords({ swarm, headCommit, baseCommit }: RunRecord): string {
  const isVerified = swarm?.isVerified ?? null;
  if (isVerified === null)
    return swarm?.hasFiles === true && headCommit !== baseCommit
      ? ', nobody checked the result'
      : '';
  return isVerified
    ? ', and the merged result is verified'
    : ', but the merged result is not verified';
}

/** The final record of a plan that nobody carries out. Pure. */
export function closeDryRun(record: RunRecord, endedAt: string): RunRecord {
  return {
    ...record,
    status: 'passed',
    reason: `dry run: planned ${record.stories.length} subtasks`,
    stories: record.stories.map((entry) => ({ ...entry, status: 'skipped', reason: 'dry run' })),
    endedAt,
    standstill: null,
  };
}
