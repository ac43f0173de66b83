import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { askSession, sessionWorkflowId } from '../../src/client/start-session.js';
import {
  SESSION_UPDATES,
  type RewindRequest,
  type SayRequest,
  type TakenPrompt,
} from '../../src/contracts/session.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import type { SessionFacts } from '../../src/domain/session/session.js';
import { fakeRef } from './fake-activities.js';
import { FakeSessionActivities, type SessionScript } from './fake-session-activities.js';
import { RUN_LIMITS } from './stories.js';
import { withWorker } from './workflow-environment.js';

const MODEL = { provider: 'fake', model: 'one' };

/** A session without a prompt. */
export function openingSession(
  facts: Partial<SessionFacts> = {},
  fields: Partial<RunRecord> = {},
): RunRecord & { readonly session: SessionFacts } {
  const isChat = (facts.access ?? 'chat') === 'chat';
  return {
    version: 1,
    runId: '01hx0000000000000000000000',
    workflowId: '',
    kind: 'session',
    status: 'passed',
    reason: '',
    project: 'demo',
    feature: 'a session',
    prdPath: '',
    repository: '/repository',
    branch: isChat ? '' : 'session/demo',
    publishedBranch: null,
    baseCommit: isChat ? '' : 'base',
    headCommit: isChat ? '' : 'base',
    options: {
      model: MODEL,
      contextWindow: 1000,
      maxAttempts: 1,
      maxIterations: 1000,
      allowCheckChanges: false,
      canaries: 'off',
      maxTurns: 5,
      ...RUN_LIMITS,
    },
    checks: [],
    sandbox: '',
    stories: [],
    startedAt: '2026-03-01T00:00:00.000Z',
    endedAt: '2026-03-01T00:00:00.000Z',
    notes: [],
    failure: null,
    ...fields,
    session: {
      folder: '/repository',
      access: 'chat',
      agent: null,
      author: { name: 'Test', email: 'test@localhost' },
      entries: [],
      ...facts,
    },
  };
}

/** A prompt with defaults. */
export function prompt(messageId: string, fields: Partial<SayRequest> = {}): SayRequest {
  return {
    messageId,
    prompt: fakeRef(9000),
    title: `prompt ${messageId}`,
    model: MODEL,
    contextWindow: 1000,
    git: null,
    ...fields,
  };
}

/** A session that a test talks to. */
export interface TalkedSession {
  readonly fake: FakeSessionActivities;
  readonly workflowId: string;
  readonly say: (messageId: string, fields?: Partial<SayRequest>) => Promise<TakenPrompt>;
  readonly rewind: (request: Partial<RewindRequest>) => Promise<string>;
  /** The record when nothing is worked on any more. */
  readonly rested: () => Promise<RunRecord & { readonly session: SessionFacts }>;
  readonly cancel: () => Promise<void>;
}

let queue = 0;

/** Begins a session with faked activities and works with it; the worker ends with `work`. `opening` null = there is none. */
export function withSession<Result>(
  environment: TestWorkflowEnvironment,
  start: {
    readonly script?: SessionScript;
    readonly opening?: ReturnType<typeof openingSession> | null;
  },
  work: (session: TalkedSession) => Promise<Result>,
): Promise<Result> {
  const fake = new FakeSessionActivities(start.script ?? {});
  queue += 1;
  const taskQueue = `session-${process.pid}-${queue}`;
  const runId = `session-${queue}`;
  const workflowId = sessionWorkflowId(runId);
  const given = start.opening === undefined ? openingSession() : start.opening;
  const opening = given === null ? null : { ...given, runId };
  const input = { runId, opening, hasSearchAttributes: false };
  const temporal = environment.client;
  const ask = { temporal, taskQueue };
  const rested = async (): ReturnType<TalkedSession['rested']> => {
    await temporal.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => undefined);
    const { record } = fake;
    if (record?.session === undefined) throw new Error('no record of the session was saved');
    return { ...record, session: record.session };
  };
  return withWorker(environment, { taskQueue, activities: fake }, () =>
    work({
      fake,
      workflowId,
      say: (messageId, fields) =>
        askSession(ask, { input, update: SESSION_UPDATES.say, request: prompt(messageId, fields) }),
      rewind: (fields) =>
        askSession(ask, {
          input,
          update: SESSION_UPDATES.rewind,
          request: { messageId: `rewind-${Math.random()}`, to: 0, what: 'conversation', ...fields },
        }),
      rested,
      cancel: async () => {
        await temporal.workflow.getHandle(workflowId).cancel();
      },
    }),
  );
}
