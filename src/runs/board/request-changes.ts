import { dirname } from 'node:path';
import type { Gateway } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { type Budget, InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import type { planRalphRun } from '../plan/plan-run.js';
import { closeStories, reopenStories } from '../results/reopen-stories.js';
import { flagsOf, optionsOf, requireLeft } from './going-on.js';

/** What is to be changed about one story. */
export interface ChangeRequest {
  readonly record: RunRecord;
  readonly story: string;
  /** What the agent is told. */
  readonly text: string;
  /** Throws for whoever may not start runs; asked where another one has to begin. */
  readonly mayStart: () => void;
}

/** What became of a request. */
export interface ChangesTaken {
  readonly answer: string;
  /** The run that works on it: another one where this one has ended. */
  readonly runId: string;
}

/** What {@link requestChanges} works with. */
export interface ChangesDesk {
  readonly gateway: Pick<Gateway, 'requestChanges' | 'startRalph'>;
  /** Configuration for runs in a repository. */
  readonly configFor: (repository: string) => Promise<Config>;
  readonly hasSearchAttributes: boolean;
  /** See `planRalphRun`. */
  readonly plan: typeof planRalphRun;
  /** True for a run that is the work of a task from outside. */
  readonly isTask: (runId: string) => Promise<boolean>;
}

/**
 * Has a story done again with what a person wants changed: in the run itself while it is open, told to its agent while that is at work, else by
 * a run that goes on behind the same PRD on the same branch, within the limits of the ended one. Throws `ERR_CHANGES_KIND`, `ERR_STORY_UNKNOWN`,
 * `ERR_CHANGES_PRD`, `ERR_CHANGES_TASK`, `ERR_CHANGES_BUDGET`, and as steering, planning and starting a run do.
 */
export async function requestChanges(
  desk: ChangesDesk,
  request: ChangeRequest,
): Promise<ChangesTaken> {
  const { record, story, text } = request;
  const { runId } = record;
  const entry = record.stories.find((candidate) => candidate.story.id === story);
  if (record.kind !== 'ralph') throw otherKind(record);
  if (entry === undefined)
    throw new InvalidInputError('ERR_STORY_UNKNOWN', {
      message: `run ${runId} has no story ${story}`,
      where: { story },
      hint: `codetether runs show ${runId}`,
    });
  if (isEnded(record.status)) return startAgain(desk, request);
  return { answer: await desk.gateway.requestChanges(runId, story, text), runId };
}

async function startAgain(desk: ChangesDesk, request: ChangeRequest): Promise<ChangesTaken> {
  const { record, story, mayStart } = request;
  mayStart();
  if (await desk.isTask(record.runId)) throw ofTask(record);
  const budget = requireLeft(record);
  // The PRD is read when the run is planned, and again when it begins: one that still calls the story passed would end it at once.
  const { reopened, note } = await reopenStories(record.prdPath, [story]);
  try {
    if (note !== '') throw unchangeable(request, note);
    return await goOn(desk, request, budget);
  } catch (error) {
    await closeStories(record.prdPath, reopened);
    throw error;
  }
}

async function goOn(
  desk: ChangesDesk,
  request: ChangeRequest,
  budget: Budget,
): Promise<ChangesTaken> {
  const { record, story, text } = request;
  const config = await desk.configFor(record.repository);
  const plan = await desk.plan(flagsOf(record), config, dirname(record.prdPath));
  const { input, workflowId, order } = plan;
  if (!order.some(({ id }) => id === story))
    throw unchangeable(request, `${record.prdPath} has no open story ${story}`);
  await desk.gateway.startRalph(workflowId, {
    ...input,
    options: { ...optionsOf(record, input.options), budget },
    changes: [{ story, text }],
    hasSearchAttributes: desk.hasSearchAttributes,
  });
  return {
    answer: `run ${input.runId} has begun: ${story} is tried again with what you want changed`,
    runId: input.runId,
  };
}

function unchangeable({ record, story }: ChangeRequest, message: string): InvalidInputError {
  return new InvalidInputError('ERR_CHANGES_PRD', {
    message,
    where: { file: record.prdPath, story },
    hint: 'put the PRD back where the run found it, or write the change into it and run it again',
  });
}

/** Its rules, its sandbox and whoever pays for it belong to the task, and end with it. */
function ofTask({ runId }: RunRecord): InvalidInputError {
  return new InvalidInputError('ERR_CHANGES_TASK', {
    message: `run ${runId} is the work of a task from outside and has ended with it`,
    hint: 'whoever handed the task in hands in another one of the same context',
  });
}

function otherKind({ runId, kind }: RunRecord): InvalidInputError {
  return new InvalidInputError('ERR_CHANGES_KIND', {
    message: `changes can be asked of stories of a PRD; run ${runId} is of kind ${kind}`,
    hint:
      kind === 'session'
        ? `codetether run -s ${runId} "…" goes on with it`
        : `codetether runs show ${runId}`,
  });
}
