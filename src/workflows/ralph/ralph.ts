import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  RUN_STATUS_QUERY,
  WORKFLOW_TASK_TIMEOUT_MS,
  type RalphInput,
  type StoryResult,
} from '../../contracts/index.js';
import type { BlobRef, RunRecord, Story } from '../../domain/index.js';
import { recordActivities, workspaceActivities } from '../lib/activities.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { failureFacts } from '../lib/failure.js';
import { workflowScope, workflowTime } from '../lib/scope.js';
import {
  afterFailedAttempt,
  closeRecord,
  markStranded,
  openRecord,
  pickStory,
  withStory,
} from './ledger.js';
import { storyWorkflow } from './story.js';

const runStatusQuery = defineQuery<RunRecord>(RUN_STATUS_QUERY);

/**
 * A PRD, story by story: each attempt is a child workflow with a fresh agent, each passed story one commit on the run's
 * ref. Returns the final run record; throws only for infrastructure faults and cancellation, after saving the record.
 */
export async function ralphWorkflow(input: RalphInput): Promise<RunRecord> {
  const run = new RalphRun(input);
  setHandler(runStatusQuery, () => run.record);
  try {
    await run.prepare();
    await run.workOffStories();
    return await run.close(closeRecord(run.record, workflowTime()));
  } catch (error) {
    await CancellationScope.nonCancellable(() => run.fail(error));
    throw error;
  }
}

class RalphRun {
  record: RunRecord;
  private readonly input: RalphInput;
  private readonly events = new EventBuffer({});
  private readonly scope = workflowScope();
  private step = 0;
  private lanes: Awaited<ReturnType<typeof workspaceActivities.prepareRun>> | undefined;
  private readonly feedback = new Map<string, BlobRef>();

  constructor(input: RalphInput) {
    this.input = input;
    this.record = openRecord(input, {
      workflowId: workflowInfo().workflowId,
      startedAt: workflowTime(),
      sandbox: '',
    });
  }

  async prepare(): Promise<void> {
    this.events.add('run.start', { text: `${this.input.project}: ${this.input.feature}` });
    this.lanes = await this.events.deliver((events) =>
      workspaceActivities.prepareRun({
        key: this.nextKey(),
        runId: this.input.runId,
        repository: this.input.repository,
        workdir: this.input.workdir,
        prdPath: this.input.prdPath,
        baseCommit: this.input.baseCommit,
        events,
      }),
    );
    this.record = { ...this.record, sandbox: this.lanes.sandbox };
    await this.save();
  }

  async workOffStories(): Promise<void> {
    for (let story = pickStory(this.record); story !== undefined; story = pickStory(this.record)) {
      await this.attemptStory(story);
      this.record = markStranded(this.record);
      await this.save();
    }
  }

  private async attemptStory(story: Story): Promise<void> {
    const entry = this.record.stories.find((candidate) => candidate.story.id === story.id);
    const number = (entry?.attempts.length ?? 0) + 1;
    this.record = withStory(this.record, story.id, (open) => ({ ...open, status: 'running' }));
    this.events.add('story.start', { story: story.id, attempt: number, text: story.title });
    await this.save();
    const result = await this.runChild(story, number);
    if (result.proof?.verdict === 'passed') await this.land(story, result);
    else await this.noteFailure(story, result);
  }

  private runChild(story: Story, attempt: number): Promise<StoryResult> {
    const { input, lanes } = this;
    if (lanes === undefined)
      throw ApplicationFailure.nonRetryable('the run is not prepared', 'ERR_UNEXPECTED');
    return executeChild(storyWorkflow, {
      workflowId: `${workflowInfo().workflowId}/${input.runId}/${story.id}/${attempt}`,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${story.id} · attempt ${attempt} · ${story.title}`.slice(0, 200),
      args: [
        {
          runId: input.runId,
          story,
          attempt,
          project: input.project,
          feature: input.feature,
          technicalRequirements: input.technicalRequirements,
          checks: input.checks,
          options: input.options,
          lane: lanes.lane,
          proofLane: lanes.proofLane,
          statePaths: lanes.statePaths,
          base: this.record.headCommit,
          prdPath: input.prdPath,
          author: input.author,
          branch: input.branch,
          feedback: this.feedback.get(story.id) ?? null,
          setup: input.setup,
          paths: input.paths,
          baseline: null,
        },
      ],
    });
  }

  private async land(story: Story, result: StoryResult): Promise<void> {
    const { input } = this;
    const landed = await this.events.deliver((events) =>
      workspaceActivities.landStory({
        key: this.nextKey(),
        runId: input.runId,
        repository: input.repository,
        branch: this.record.publishedBranch ?? input.branch,
        prdPath: input.prdPath,
        story,
        attempt: result.attempt,
        model: input.options.model,
        author: input.author,
        parent: this.record.headCommit,
        tree: result.proof?.tree ?? '',
        committedAt: workflowTime(),
        events,
      }),
    );
    this.record = withStory(
      {
        ...this.record,
        headCommit: landed.commit,
        publishedBranch: landed.branch,
        notes: [...this.record.notes, ...landed.notes],
      },
      story.id,
      (entry) => ({
        ...entry,
        status: 'passed',
        commit: landed.commit,
        attempts: [...entry.attempts, result.attempt],
        reason: result.attempt.reason,
      }),
    );
    this.events.add('commit.end', {
      story: story.id,
      text: `${landed.commit.slice(0, 10)} on ${landed.branch}`,
    });
    this.endStory(story.id);
  }

  private async noteFailure(story: Story, result: StoryResult): Promise<void> {
    const { attempt } = result;
    this.record = afterFailedAttempt(this.record, story.id, attempt);
    const noted = await recordActivities.noteAttempt({
      runId: this.input.runId,
      prdPath: this.input.prdPath,
      story,
      attempt,
      feedback: result.proof?.feedback ?? null,
    });
    this.feedback.set(story.id, noted.feedback);
    this.endStory(story.id);
  }

  private endStory(id: string): void {
    const entry = this.record.stories.find((candidate) => candidate.story.id === id);
    this.events.add('story.end', {
      story: id,
      text: `${entry?.status ?? ''}: ${entry?.reason ?? ''}`,
      data: { status: entry?.status },
    });
  }

  async close(record: RunRecord): Promise<RunRecord> {
    this.record = record;
    this.events.add('run.end', { text: record.reason, data: { status: record.status } });
    await this.save();
    if (this.input.hasSearchAttributes) upsertSearchAttributes({ Outcome: [record.status] });
    return record;
  }

  async fail(error: unknown): Promise<void> {
    const { code, message } = failureFacts(error);
    const isCancelled = isCancellation(error);
    const stories = this.record.stories.map((entry) =>
      entry.status === 'running'
        ? { ...entry, status: 'pending' as const, reason: isCancelled ? 'cancelled' : message }
        : entry,
    );
    await this.close({
      ...this.record,
      stories,
      status: isCancelled ? 'cancelled' : 'failed',
      reason: isCancelled ? 'cancelled by request' : message,
      endedAt: workflowTime(),
      failure: isCancelled ? null : { code, message },
    });
  }

  private save(): Promise<void> {
    return this.events.deliver((events) =>
      recordActivities.saveRun({ record: this.record, events }),
    );
  }

  private nextKey(): { scope: string; step: number; index: number } {
    this.step += 1;
    return { scope: this.scope, step: this.step, index: 0 };
  }
}
